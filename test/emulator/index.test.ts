import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { type EmulatorOptions, startEmulator } from "../../src/emulator/index.js";
import { processesWith } from "../support/processes.js";

describe("an emulator that cannot start leaves nothing behind", () => {
  const folder = mkdtempSync(join(tmpdir(), "emulator-start-test-"));
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => rmSync(folder, { recursive: true }));

  const refused = async (options: EmulatorOptions): Promise<unknown> => {
    vi.stubEnv("TMPDIR", folder);
    const error = await startEmulator(options).then(
      (emulator) => emulator.close(),
      (reason: unknown) => reason,
    );
    expect(readdirSync(folder)).toEqual([]);
    expect(processesWith(folder)).toEqual([]);
    return error;
  };

  test("without a certificate that is one", async () => {
    expect(await refused({ tls: { cert: "none", key: "none" } })).toBeInstanceOf(Error);
  });

  test("with a speed that is none", async () => {
    expect(await refused({ speed: 0 })).toBeInstanceOf(RangeError);
  });

  test.each(["", "no key!"])("with the account key '%s'", async (accountKey) => {
    expect(await refused({ accountKey })).toBeInstanceOf(RangeError);
  });

  test("with a port that is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    expect(await refused({ port })).toMatchObject({ code: "EADDRINUSE" });
    await new Promise((resolve) => other.close(resolve));
  });
});
