import type { Operation } from "../http/operation.js";
import { accountOperations } from "./account.js";
import { applicationOperations } from "./applications.js";
import { certificateOperations } from "./certificates.js";
import { fileOperations } from "./files.js";
import { jobScheduleOperations } from "./job-schedules.js";
import { jobOperations } from "./jobs.js";
import { nodeExtensionOperations } from "./node-extensions.js";
import { nodeOperations } from "./nodes.js";
import { poolUsageOperations } from "./pool-usage.js";
import { poolOperations } from "./pools.js";
import { taskOperations } from "./tasks.js";

/** Every operation the emulator has. */
export const routeTable: readonly Operation[] = [
  ...poolOperations,
  ...poolUsageOperations,
  ...accountOperations,
  ...nodeOperations,
  ...nodeExtensionOperations,
  ...jobOperations,
  ...jobScheduleOperations,
  ...taskOperations,
  ...fileOperations,
  ...applicationOperations,
  ...certificateOperations,
];
