import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TokenCredential } from "../../../src/azure/credential.js";
import { loopbackCertificate } from "../../support/loopback-certificate.js";

/** Azurite with HTTPS, as it takes tokens only then; it reads them, but checks no signature. */
export async function startEntraAzurite() {
  const folder = await mkdtemp(join(tmpdir(), "entra-azurite-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  await Promise.all([writeFile(cert, loopbackCertificate.cert), writeFile(key, loopbackCertificate.key)]);

  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  const address = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--cert", cert, "--key", key];
  const options = ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"];
  const child = spawn(process.execPath, [main, ...address, ...options, "--oauth", "basic"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.once("exit", () => reject(new Error(`Azurite ended: ${output}`)));
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const match = /listens on (https:\/\/\S+)/.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
  return {
    url: `${url}/devstoreaccount1`,
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** Gives a token for Blob Storage as Azurite reads it. */
export const storageCredential: TokenCredential = {
  async getToken() {
    const now = Math.floor(Date.now() / 1000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = {
      aud: "https://storage.azure.com",
      iss: "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
      oid: "00000000-0000-0000-0000-000000000001",
      tid: "00000000-0000-0000-0000-000000000000",
      iat: now,
      nbf: now - 60,
      exp: now + 3600,
    };
    const token = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.c2ln`;
    return { token, expiresOnTimestamp: (now + 3600) * 1000 };
  },
};
