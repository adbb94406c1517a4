/** The argument that makes the runner a worker. */
export const WORKER_ROLE = "worker";
