import type { Operation } from "../http/operation.js";
import { fileOperations } from "./files.js";
import { jobOperations } from "./jobs.js";
import { nodeOperations } from "./nodes.js";
import { poolOperations } from "./pools.js";
import { taskOperations } from "./tasks.js";

/** Every operation the emulator has. */
export const routeTable: readonly Operation[] = [
  ...poolOperations,
  ...nodeOperations,
  ...jobOperations,
  ...taskOperations,
  ...fileOperations,
];
