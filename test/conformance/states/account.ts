import { vi } from "vitest";
import { type JsonObject, objectOf, objectsOf, textOf } from "../json.js";
import type { Recording } from "../recordings.js";
import { certificatePath } from "../scene.js";
import { addCertificate, certificateRequest, cloudServicePool, steadyPool } from "./pools.js";
import { frozen, type State, type States } from "./state.js";

const anyAccount: State = { arrange: async () => ({}) };
const newAccount: State = { ...anyAccount, fresh: true };

const nodeCounts: State = {
  async arrange(scene, recording) {
    for (const { poolId, dedicated, lowPriority } of objectsOf(objectOf(recording.body).value)) {
      const [many, cheap] = [objectOf(dedicated), objectOf(lowPriority)];
      if (many.idle !== many.total || cheap.idle !== cheap.total) {
        throw new Error("no state is known for nodes that are not idle");
      }
      const targets = { targetDedicatedNodes: many.total!, targetLowPriorityNodes: cheap.total! };
      await steadyPool(scene, cloudServicePool(textOf(poolId), targets));
    }
    return {};
  },
};

/** A pool that was used in a time that is over: the clock goes on. */
const poolUsage: State = {
  fresh: true,
  async arrange(scene, recording) {
    const [usage] = objectsOf(objectOf(recording.body).value);
    const { poolId, vmSize } = usage!;
    const halfHour = 1_800_000;
    const present = Date.now.bind(Date);
    const start = Math.ceil(present() / halfHour) * halfHour - present();
    const clock = vi.spyOn(Date, "now").mockImplementation(() => present() + start);
    await steadyPool(scene, {
      ...cloudServicePool(textOf(poolId)),
      vmSize: vmSize!,
      targetDedicatedNodes: 1,
    });
    clock.mockImplementation(() => present() + start + halfHour);
    return { undo: () => clock.mockRestore() };
  },
};

const applications = (found: readonly JsonObject[]): State => ({
  fresh: true,
  async arrange(scene) {
    for (const { id, versions } of found) {
      for (const version of versions as string[]) scene.addPackage(textOf(id), version);
    }
    return {};
  },
});

const addTheCertificate: State = {
  async arrange(scene, recording) {
    const thumbprint = /thumbprint=(\w+)/i.exec(recording.headers.location!)![1]!;
    return { body: certificateRequest(scene, thumbprint) };
  },
};

const withCertificates: State = {
  async arrange(scene, recording) {
    for (const thumbprint of thumbprintsOf(recording)) await addCertificate(scene, thumbprint);
    return {};
  },
};

const deletedCertificate: State = {
  speed: frozen,
  async arrange(scene, recording) {
    for (const thumbprint of thumbprintsOf(recording)) {
      await addCertificate(scene, thumbprint);
      await scene.send("DELETE", certificatePath(thumbprint));
    }
    return {};
  },
};

function thumbprintsOf(recording: Recording): string[] {
  const inPath = /thumbprint=(\w+)/.exec(recording.path)?.[1];
  if (inPath !== undefined) return [inPath];
  return objectsOf(objectOf(recording.body).value).map(({ thumbprint }) => textOf(thumbprint));
}

export const accountStates: States = {
  "GET /supportedimages": anyAccount,
  "GET /nodecounts": nodeCounts,
  "GET /poolusagemetrics": poolUsage,
  "GET /lifetimejobstats": newAccount,
  "GET /lifetimepoolstats": newAccount,
  "GET /applications": (recording: Recording) => applications(objectsOf(objectOf(recording.body).value)),
  "GET /applications/{}": (recording: Recording) => applications([objectOf(recording.body)]),
  "POST /certificates": addTheCertificate,
  "GET /certificates": withCertificates,
  "GET /certificates({})": withCertificates,
  "DELETE /certificates({})": withCertificates,
  "POST /certificates({})/canceldelete": deletedCertificate,
};
