import type { Clock } from "./clock.js";
import type { ApplicationLibrary } from "./execution/applications.js";
import type { Launcher } from "./execution/launcher.js";
import type { SignIn } from "./execution/managed-identities.js";
import type { AutoStorage } from "./execution/resource-files.js";
import type { Workspace } from "./execution/workspace.js";
import type { Account } from "./state/account.js";
import type { JobRecord } from "./state/job.js";
import type { PoolRecord } from "./state/pool.js";
import type { TaskRecord } from "./state/task.js";

/** One running emulator, as its operations and lifecycles see it. */
export interface Service {
  readonly accountName: string;
  /** Where clients reach it, known once it listens. */
  url: string;
  readonly clock: Clock;
  readonly account: Account;
  readonly workspace: Workspace;
  readonly launcher: Launcher;
  /** The `PATH` of tasks. */
  readonly taskPath: string;
  readonly autoStorage: AutoStorage;
  /** Signs nodes in to storage by the managed identities that files reference. */
  readonly signIn: SignIn;
  /** Where nodes find a metadata service, which gives tokens of managed identities; undefined where there is none. */
  readonly metadataService: string | undefined;
  readonly applications: ApplicationLibrary;
  readonly quotas: Quotas;
  readonly events: Events;
  /** Lets something go on by itself; if it fails, the emulator reports it and goes on too. */
  inBackground(work: Promise<unknown>): void;
}

/** How much the account may have; `Infinity` for no limit. */
export interface Quotas {
  readonly pools: number;
  readonly activeJobsAndSchedules: number;
  readonly dedicatedCores: number;
  readonly lowPriorityCores: number;
}

/** What one lifecycle tells the others; wired in one place, so that they need not import each other in a circle. */
export interface Events {
  /** Tasks or slots became available. */
  poolHasWork(pool: PoolRecord): void;
  /** A task reached `completed`. */
  taskCompleted(task: TaskRecord): void;
  /** No task of a job is left to do. */
  jobIsIdle(job: JobRecord): void;
  /** A job reached `completed`, or is gone. */
  jobEnded(job: JobRecord): void;
}

// Nominal waits of the service itself in milliseconds; the clock's speed divides them.
export const serviceWaits = {
  resize: 2,
  nodeCreation: 2,
  nodeStart: 2,
  nodeRestart: 10,
  nodeRemoval: 10,
  nodeReplacement: 1000,
  jobTransition: 10,
  emptyJobCompletion: 2000,
  certificateDeletion: 10,
} as const;

/** Waits as the service does; `false` when the signal came first. */
export function pause(service: Service, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = (): void => {
      timer.cancel();
      resolve(false);
    };
    const timer = service.clock.afterServiceWait(milliseconds, () => {
      signal.removeEventListener("abort", onAbort);
      resolve(true);
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
