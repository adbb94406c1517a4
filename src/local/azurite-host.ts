import blobConfiguration = require("azurite/dist/src/blob/BlobConfiguration.js");
import blobServer = require("azurite/dist/src/blob/BlobServer.js");

/*
 * Azurite's Blob service in a process of its own that ends with the process that started it, whatever ended that one: its
 * standard input is a pipe from there. Everything is kept in memory, so nothing is left behind. Its account is in the
 * environment, where Azurite looks for it.
 */
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdin.resume();

const anyFreePort = 0;
const configuration = Object.assign(new blobConfiguration.default("127.0.0.1", anyFreePort), {
  enableAccessLog: false,
  isMemoryPersistence: true,
  // The client speaks a newer version of the service's API.
  skipApiVersionCheck: true,
});
const server = new blobServer.default(configuration);
void server.start().then(() => console.log(`Azurite listens on ${server.getHttpServerAddress()}`));
