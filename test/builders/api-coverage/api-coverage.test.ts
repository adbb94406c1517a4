import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PoolParameter } from "../../../src/azure/parameters/index.js";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { SignedClient } from "../../emulator/support/signed-client.js";
import { type CoverageTable, coverageDocument } from "./document.js";
import { jobCoverage } from "./job-cases.js";
import { jobScheduleCoverage } from "./job-schedule-cases.js";
import type { ParameterCoverage } from "./parameter-case.js";
import { changedPaths } from "./paths.js";
import { poolCoverage } from "./pool-cases.js";
import { AUDIENCE, differencesReadBack } from "./read-back.js";
import { sdkProperties } from "./sdk-properties.js";
import { taskCoverage } from "./task-cases.js";

/** Where each parameter is sent. */
const PARAMETERS: readonly { readonly folder: string; readonly coverage: ParameterCoverage }[] = [
  { folder: "/pools", coverage: poolCoverage },
  { folder: "/jobs", coverage: jobCoverage },
  { folder: "/jobschedules", coverage: jobScheduleCoverage },
  { folder: "/jobs/tasks/tasks", coverage: taskCoverage },
];

/** The application packages of the emulator's account: one, `blender` 4.2. */
const applications = mkdtempSync(join(tmpdir(), "api-coverage-"));

let emulator: Emulator;
let client: SignedClient;

beforeAll(async () => {
  mkdirSync(join(applications, "blender"));
  writeFileSync(join(applications, "blender", "4.2.zip"), zipSync({ blender: new Uint8Array() }));
  emulator = await startEmulator({ bearerAudience: AUDIENCE, applications });
  client = new SignedClient(emulator);
  const job = { poolInfo: { poolId: "none" }, usesTaskDependencies: true };
  await client.post("/jobs", { ...job, id: "tasks", onTaskFailure: "performexitoptionsjobaction" });
});
afterAll(async () => {
  await emulator?.close();
  rmSync(applications, { recursive: true });
});

describe.each(PARAMETERS)("$coverage.parameter", ({ folder, coverage }) => {
  const { properties, methods } = tableOf(coverage);

  it.each(coverage.cases)("$method reads back as it was sent", async ({ build }) => {
    const parameter = { ...build(), id: nextId() };
    expect(await differencesReadBack(client, folder, parameter)).toEqual([]);
  });

  it("sets properties that there are", () => {
    const isKnown = (path: string) =>
      properties.some((one) => one.path === path || (one.isOpen && path.startsWith(`${one.path}.`)));
    expect([...methods.keys()].filter((path) => !isKnown(path))).toEqual([]);
  });

  it("sets every property that is not deprecated", () => {
    const missing = properties.filter(({ path, unset }) => unset === undefined && !methods.has(path));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });
});

// The tables say nothing of what is within an auto pool: it has to be what is within a pool.
describe("an auto pool", () => {
  it("has no property that a pool has not", () => {
    const ofPools = sdkProperties("PoolAddParameter").map(({ path }) => path);
    const ofAutoPools = sdkProperties("PoolSpecification").map(({ path }) => path);
    expect(ofAutoPools.filter((path) => !ofPools.includes(path))).toEqual([]);
  });

  it.each(poolCoverage.cases)("with $method reads back as it was sent", async ({ build }) => {
    const { id: _, ...described } = build() as PoolParameter;
    const autoPoolSpecification = { poolLifetimeOption: "job", pool: described };
    const parameter = { id: nextId(), poolInfo: { autoPoolSpecification } };
    expect(await differencesReadBack(client, "/jobs", parameter)).toEqual([]);
  });
});

it("docs/api-coverage.md says so", async () => {
  const text = coverageDocument(PARAMETERS.map(({ coverage }) => tableOf(coverage)));
  await expect(text).toMatchFileSnapshot(
    fileURLToPath(new URL("../../../docs/api-coverage.md", import.meta.url)),
  );
});

/** The methods that set each property, found in what they build. */
function tableOf({ parameter, base, cases }: ParameterCoverage): CoverageTable {
  const methods = new Map<string, string[]>();
  for (const { method, build, base: own = base } of cases) {
    for (const path of changedPaths(build(), own())) {
      const known = methods.get(path) ?? [];
      if (!known.includes(method)) methods.set(path, [...known, method]);
    }
  }
  return { parameter, properties: sdkProperties(parameter), methods };
}

let made = 0;
function nextId(): string {
  made += 1;
  return `case-${made}`;
}
