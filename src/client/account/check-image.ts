import type { PoolParameter } from "../../azure/parameters/index.js";
import type { BatchPort, CallOptions } from "../../azure/ports.js";
import type { SupportedImage } from "../../azure/resources/index.js";
import { refuseProblems } from "../../builders/problems.js";
import { checkImageSupported } from "../../builders/supported-image.js";

/** Refuses an image that the account does not support, before a pool of it could never get a node. */
export async function checkImage(
  batch: BatchPort,
  { id, virtualMachineConfiguration: machine }: PoolParameter,
  options: CallOptions,
): Promise<void> {
  if (machine === undefined) return; // The service says what it thinks of that.
  const supported: SupportedImage[] = [];
  for await (const image of batch.account.supportedImages({}, options)) supported.push(image);
  const problem = checkImageSupported(machine, supported);
  if (problem !== undefined) refuseProblems(`The pool ${JSON.stringify(id)}`, [problem]);
}
