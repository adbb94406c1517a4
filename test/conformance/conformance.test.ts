import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { differencesTable, isAllowed, needlessEntries } from "./allowed-differences.js";
import { type Difference, differencesOf } from "./comparison.js";
import { objectOf, objectsOf, textOf } from "./json.js";
import { type Recording, readRecordings, recordingsFile, titleOf } from "./recordings.js";
import { type Scene, startScene } from "./scene.js";
import { situationOf } from "./states/index.js";

const recordings = readRecordings();
if (recordings === undefined) console.log(`Skipped: there are no recordings at ${recordingsFile}`);

/** The service's own waits pass at once, unless a state needs them. */
const atOnce = 1000;
/** One account for all recordings whose state leaves it empty again; the others get their own. */
let shared: Promise<Scene> | undefined;

describe.skipIf(recordings === undefined)("what the real service answered, the emulator answers", () => {
  const all = recordings ?? [];
  const certificates = certificatesIn(all);
  const replayed = new Map<string, Difference[]>();
  let agreeing = 0;
  let asListed = 0;

  for (const recording of all) {
    test(titleOf(recording), async () => {
      const { operation, differences } = await replay(recording, certificates);
      replayed.set(operation, [...(replayed.get(operation) ?? []), ...differences]);
      expect(differences.filter((difference) => !isAllowed(operation, difference))).toEqual([]);
      if (differences.length === 0) agreeing += 1;
      else asListed += 1;
    });
  }

  test("each listed difference is one", () => {
    expect(needlessEntries(replayed)).toEqual([]);
  });

  afterAll(async () => {
    await (await shared)?.close();
    const share = ((100 * agreeing) / all.length).toFixed(1);
    console.log(
      `Of ${all.length} recordings ${agreeing} agree (${share} %), ${asListed} differ as docs/emulator.md says.`,
    );
  });
});

test("docs/emulator.md lists the differences", () => {
  const docs = readFileSync(new URL("../../docs/emulator.md", import.meta.url), "utf8");
  expect(docs).toContain(differencesTable());
});

async function replay(
  recording: Recording,
  certificates: ReadonlyMap<string, string>,
): Promise<{ operation: string; differences: Difference[] }> {
  const { operation, state, ids } = situationOf(recording);
  const isOwn = state.fresh === true || state.speed !== undefined;
  if (!isOwn) shared ??= startScene(atOnce, certificates);
  const scene = await (isOwn ? startScene(state.speed ?? atOnce, certificates) : shared!);
  scene.apiVersion = recording.apiVersion;

  const arranged = await state.arrange(scene, recording, ids);
  try {
    const path = recording.path.replace(/tvmps_[0-9a-f]+_[dp]/, arranged.node ?? "no-node");
    const answer = await scene.replay(recording.method, path, recording.requestBody ?? arranged.body);
    const hosts = { batch: scene.emulator.batchUrl, storage: scene.storage.url };
    return { operation, differences: differencesOf(recording, answer, hosts) };
  } finally {
    arranged.undo?.();
    await (isOwn ? scene.close() : scene.clear());
  }
}

function certificatesIn(recordings: readonly Recording[]): Map<string, string> {
  const certificates = new Map<string, string>();
  for (const recording of recordings) {
    const body = objectOf(recording.body);
    for (const { thumbprint, publicData } of [body, ...objectsOf(body.value)]) {
      if (publicData !== undefined) certificates.set(textOf(thumbprint), textOf(publicData));
    }
  }
  return certificates;
}
