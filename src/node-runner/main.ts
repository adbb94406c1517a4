/*
 * The one file that runs on every compute node. As a task's program it is the supervisor; it starts itself again for its
 * workers. Each role loads only what it needs: the start is paid for by every task.
 */
import { WORKER_ROLE } from "./function/worker-role.js";

if (process.argv[2] === WORKER_ROLE) {
  void import("./function/worker.js").then(({ runWorker }) => runWorker());
} else {
  void import("./supervisor.js").then(({ supervise }) => supervise());
}
