import type { Recording } from "../recordings.js";
import { accountStates } from "./account.js";
import { jobStates } from "./jobs.js";
import { nodeStates } from "./nodes.js";
import { poolStates } from "./pools.js";
import { scheduleStates } from "./schedules.js";
import type { State } from "./state.js";
import { taskStates } from "./tasks.js";

/** The operation that was recorded, the variable parts of its path, and the state that fits. */
export interface Situation {
  operation: string;
  ids: string[];
  state: State;
}

const states = {
  ...poolStates,
  ...nodeStates,
  ...jobStates,
  ...taskStates,
  ...scheduleStates,
  ...accountStates,
};

/** What a recording needs to be replayed. */
export function situationOf(recording: Recording): Situation {
  const path = recording.path.split("?")[0]!;
  for (const [operation, state] of Object.entries(states)) {
    const [method, pattern] = operation.split(" ") as [string, string];
    if (method !== recording.method) continue;
    const source = pattern.replace(/[()]/g, "\\$&").replaceAll("{}", "([^/]+)");
    const match = new RegExp(`^${source}$`).exec(path);
    if (match === null) continue;
    const ids = match.slice(1).map(decodeURIComponent);
    return { operation, ids, state: typeof state === "function" ? state(recording) : state };
  }
  throw new Error(`test/conformance/states has no state for ${recording.method} ${path}`);
}
