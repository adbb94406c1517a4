import { instancesOf, managerOf, slotsOf, type TaskRecord } from "../state/task.js";

/** What a task wants of the nodes it runs on. */
export interface Demand {
  /** Slots of each node; all of them for a job manager that runs alone. */
  readonly slots: number | "all";
  /** How many nodes at once; 0 for an ordinary task, which may share its node with others of its kind. */
  readonly instances: number;
  /** Whether a Spot node will not do. */
  readonly dedicatedOnly: boolean;
}

const demands = new Map<string, Demand>();

/** The demand of a task. Equal demands are the same object. */
export function demandOf(task: TaskRecord): Demand {
  const manager = managerOf(task);
  const slots = manager !== undefined && (manager.runExclusive ?? true) ? "all" : slotsOf(task);
  const instances = task.spec.multiInstanceSettings === undefined ? 0 : instancesOf(task);
  const dedicatedOnly = manager !== undefined && manager.allowLowPriorityNode === false;
  const key = `${slots} ${instances} ${dedicatedOnly}`;
  let demand = demands.get(key);
  if (demand === undefined) {
    demand = { slots, instances, dedicatedOnly };
    demands.set(key, demand);
  }
  return demand;
}
