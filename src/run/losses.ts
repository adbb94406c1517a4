import type { ContainerPort } from "../azure/ports.js";
import { LOSSES } from "../protocol/blob-names.js";
import type { Loss } from "./collector.js";

/** Neighbouring items that no node gave an outcome, and why. */
export interface LossRecord extends Omit<Loss, "cause"> {
  readonly start: number;
  readonly count: number;
}

/** Says why items have no outcome, to whoever attaches to the run when it has ended. */
export async function writeLosses(container: ContainerPort, losses: readonly LossRecord[]): Promise<void> {
  if (losses.length > 0) await container.put(LOSSES, JSON.stringify(losses));
}

export async function readLosses(container: ContainerPort): Promise<readonly LossRecord[]> {
  const content = await container.get(LOSSES);
  return content === undefined ? [] : (JSON.parse(content.toString("utf8")) as LossRecord[]);
}
