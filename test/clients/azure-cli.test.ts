import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { startAzurite, type TestContainer, type TestStorage } from "../emulator/support/azurite.js";
import { loopbackCertificate } from "../support/loopback-certificate.js";
import { runClient, succeeds } from "./run-client.js";

// Debian's package is for Debian's own Python, which need not be the first in the PATH.
const python = "/usr/bin/python3";
const isInstalled = succeeds(python, ["-c", "import azure.cli.command_modules.batch"]);
if (!isInstalled) console.log("Skipped: Microsoft's command line (Debian: azure-cli) is not installed");

describe.skipIf(!isInstalled)("Microsoft's command line", () => {
  let folder: string;
  let emulator: Emulator;
  let storage: TestStorage;
  let container: TestContainer;
  let environment: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "azure-cli-"));
    const applications = join(folder, "applications");
    for (const version of ["1.0", "2.0"]) mkdirSync(join(applications, "tool", version), { recursive: true });
    const { cert, key } = loopbackCertificate;
    const certificate = new X509Certificate(cert);
    writeFileSync(join(folder, "certificate.pem"), cert);
    writeFileSync(join(folder, "certificate.cer"), certificate.raw);

    storage = await startAzurite();
    container = await storage.container("rwl");
    emulator = await startEmulator({ applications, tls: { cert, key } });
    environment = {
      HOME: folder,
      AZURE_CONFIG_DIR: join(folder, "config"),
      // Else a program of its own stays behind to send what was done, and writes into the folder while it is removed.
      AZURE_CORE_COLLECT_TELEMETRY: "no",
      AZURE_BATCH_ENDPOINT: emulator.batchUrl,
      AZURE_BATCH_ACCOUNT: emulator.accountName,
      AZURE_BATCH_ACCESS_KEY: emulator.accountKey,
      REQUESTS_CA_BUNDLE: join(folder, "certificate.pem"),
      TEST_FOLDER: folder,
      TEST_CONTAINER_URL: container.sasUrl,
      TEST_CERTIFICATE_FILE: join(folder, "certificate.cer"),
      TEST_CERTIFICATE_THUMBPRINT: certificate.fingerprint.replaceAll(":", "").toLowerCase(),
    };
  });
  afterAll(async () => {
    await emulator.close();
    await storage.close();
    rmSync(folder, { recursive: true });
  });

  test("leads the common life of an account over HTTPS", async () => {
    const life = join(import.meta.dirname, "azure-cli", "life.py");
    expect((await runClient(python, [life], environment)).stdout).toBe("done\n");
    expect(await container.read("from-az.txt")).toBe("stored\n");
  });

  test("is also served as a program of its own", async () => {
    const { stdout } = await runClient("az", ["batch", "pool", "list", "--output", "json"], environment);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
