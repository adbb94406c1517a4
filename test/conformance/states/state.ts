import type { Json } from "../json.js";
import type { Recording } from "../recordings.js";
import type { Scene } from "../scene.js";

/** What a recorded request needs around it, so that it can be sent again and be answered as it was. */
export interface State {
  /** How fast the service's own waits pass. Default: at once. */
  speed?: number | undefined;
  /** Needs an account that nothing was ever in. */
  fresh?: boolean;
  /** Brings the account into the state. `ids` are the variable parts of the recorded path. */
  arrange(scene: Scene, recording: Recording, ids: readonly string[]): Promise<Arranged>;
}

/** What is left to say about the request. */
export interface Arranged {
  /** Its body, where the recording did not keep it. */
  body?: Json;
  /** The node that stands for the recorded one in its path. */
  node?: string;
  /** Undoes what reaches beyond the account. */
  undo?(): void;
}

/** The states by operation: the method and the path, with `{}` for its variable parts. */
export type States = Record<string, State | ((recording: Recording) => State)>;

/** Slow enough that a state the service only passes through can be met. */
export const slow = 0.04;
/** Leaves no state by itself. */
export const frozen = 1e-9;
