import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { startAzurite, type TestContainer, type TestStorage } from "../emulator/support/azurite.js";
import { loopbackCertificate } from "../support/loopback-certificate.js";
import { runClient, succeeds } from "./run-client.js";

// Debian's package is for Debian's own Python, which need not be the first in the PATH.
const python = ["/usr/bin/python3", "python3"].find((one) => succeeds(one, ["-c", "import azure.batch"]));
if (python === undefined)
  console.log("Skipped: the Python package azure-batch (Debian: python3-azure) is not installed");

describe.skipIf(python === undefined)("Microsoft's Python client", () => {
  let emulator: Emulator;
  let applications: string;
  let storage: TestStorage;
  let container: TestContainer;

  beforeAll(async () => {
    applications = mkdtempSync(join(tmpdir(), "applications-"));
    for (const version of ["1.0", "2.0"]) mkdirSync(join(applications, "tool", version), { recursive: true });
    storage = await startAzurite();
    container = await storage.container("rwl");
    await container.put("input.txt", "some text\n");
    emulator = await startEmulator({ applications });
  });
  afterAll(async () => {
    await emulator.close();
    await storage.close();
    rmSync(applications, { recursive: true });
  });

  test("leads the common life of an account", async () => {
    const certificate = new X509Certificate(loopbackCertificate.cert);
    const { stdout } = await runClient(python!, [join(import.meta.dirname, "python", "life.py")], {
      AZURE_BATCH_ENDPOINT: emulator.batchUrl,
      AZURE_BATCH_ACCOUNT: emulator.accountName,
      AZURE_BATCH_ACCESS_KEY: emulator.accountKey,
      TEST_CONTAINER_URL: container.sasUrl,
      TEST_CERTIFICATE: certificate.raw.toString("base64"),
      TEST_CERTIFICATE_THUMBPRINT: certificate.fingerprint.replaceAll(":", "").toLowerCase(),
    });
    expect(stdout).toBe("done\n");
    expect(await container.read("out/result.txt")).toBe("SOME TEXT\n");
  });
});
