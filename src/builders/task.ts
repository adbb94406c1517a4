import type {
  ApplicationPackageReference,
  OutputFileParameter,
  ResourceFile,
  TaskContainerSettings,
  TaskParameter,
} from "../azure/parameters/index.js";
import { brand, hasBrand } from "../errors/brand.js";
import { copyOf } from "./copy.js";
import type { Duration } from "./duration.js";
import { propertiesOf } from "./existing.js";
import { TASK_PROPERTIES, type TaskSettings, taskParameter } from "./task-parameter.js";
import { type CommandList, commandOf } from "./task-parts/command.js";
import type { TaskDependency } from "./task-parts/dependencies.js";
import type { ExitConditionOptions } from "./task-parts/exit-conditions.js";
import type { MultiInstanceOptions } from "./task-parts/multi-instance.js";
import type { TaskUser } from "./task-parts/user-identity.js";

/** What a task's builder makes. */
export type BuiltTask<Id extends string> = TaskParameter & { readonly id: Id };

/**
 * A description of a task. It never changes: each method gives a new one, and a second call of a method replaces the first.
 *
 * @typeParam Id - the type of the task's id
 * @example
 * ```ts
 * const resize = task("t1")
 *   .command(["convert", "in.jpg", "-resize", "50%", "out.png"])
 *   .resourceFiles([{ httpUrl: "https://example.com/cat.jpg", filePath: "in.jpg" }])
 *   .maxRetries(2);
 * ```
 */
export interface TaskBuilder<Id extends string = string> {
  /** The task's id. */
  readonly id: Id;
  /**
   * A name for people, up to 1024 characters.
   *
   * @example
   * ```ts
   * task("t1").command(["true"]).displayName("Nothing at all");
   * ```
   */
  displayName(name: string): this;
  /**
   * Environment variables, beside those of the job and of Batch.
   *
   * @example
   * ```ts
   * task("t1").command(["printenv", "TZ"]).env({ TZ: "UTC" });
   * ```
   */
  env(variables: Readonly<Record<string, string>>): this;
  /**
   * Files that Batch brings to the node before the command starts.
   *
   * @example
   * ```ts
   * task("t1")
   *   .command(["wc", "-l", "data/table.csv"])
   *   .resourceFiles([{ httpUrl: "https://example.com/table.csv", filePath: "data/table.csv" }]);
   * ```
   */
  resourceFiles(files: readonly ResourceFile[]): this;
  /**
   * Files that Batch uploads from the node after the command has ended.
   *
   * @example
   * ```ts
   * task("t1")
   *   .command(["date"])
   *   .outputFiles([
   *     {
   *       filePattern: "../std*.txt",
   *       destination: { container: { containerUrl: process.env.LOGS_URL ?? "", path: "logs/t1" } },
   *       uploadOptions: { uploadCondition: "taskcompletion" },
   *     },
   *   ]);
   * ```
   */
  outputFiles(files: readonly OutputFileParameter[]): this;
  /**
   * The container that the command runs in; the pool needs a container configuration.
   *
   * @example
   * ```ts
   * task("t1").command(["python3", "--version"]).container({ imageName: "python:3.12", containerRunOptions: "--rm" });
   * ```
   */
  container(settings: TaskContainerSettings): this;
  /**
   * The user that the command runs as: one of the pool's user accounts, or one that Batch makes. Default: one user for
   * all tasks of a node, who is no administrator.
   *
   * @example
   * ```ts
   * task("t1").command(["apt-get", "install", "-y", "jq"]).userIdentity({ elevationLevel: "admin" });
   * task("t2").command(["whoami"]).userIdentity({ username: "render" });
   * ```
   */
  userIdentity(user: TaskUser): this;
  /**
   * Which tasks have to succeed before this one starts, by their ids or as ranges of ids that are whole numbers. They may be
   * added later. The job needs `usesTaskDependencies()`.
   *
   * @example
   * ```ts
   * task("merge").command(["sh", "merge.sh"]).dependsOn("download", { start: 0, end: 99 });
   * ```
   */
  dependsOn(...tasks: readonly TaskDependency[]): this;
  /**
   * What comes of the ways in which the task may end: for the job, which needs
   * `onTaskFailure("performexitoptionsjobaction")`, and for the tasks that depend on it, for which the job needs
   * `usesTaskDependencies()`.
   *
   * @example
   * ```ts
   * task("check").command(["sh", "check.sh"]).exitConditions({
   *   exitCodes: [{ code: 3, dependencyAction: "satisfy", jobAction: "none" }],
   *   exitCodeRanges: [{ start: 10, end: 19, jobAction: "disable" }],
   *   preProcessingError: { jobAction: "terminate" },
   *   default: { dependencyAction: "block" },
   * });
   * ```
   */
  exitConditions(conditions: ExitConditionOptions): this;
  /**
   * Where the task would best run: the affinity id of a node, or of a task whose node it shall be. Batch goes elsewhere
   * where that node is busy.
   *
   * @example
   * ```ts
   * task("t2").command(["true"]).affinity("TVM:tvmps_0123456789abcdef_d");
   * ```
   */
  affinity(affinityId: string): this;
  /**
   * How long a try of the task may take before Batch ends it. Default: no limit.
   *
   * @example
   * ```ts
   * task("t1").command(["sleep", "60"]).maxWallClockTime("30m");
   * ```
   */
  maxWallClockTime(time: Duration): this;
  /**
   * How often Batch runs the task again where its exit code is not 0; -1 for no limit. Default: the job's.
   *
   * @example
   * ```ts
   * task("t1").command(["curl", "https://example.com/"]).maxRetries(3);
   * ```
   */
  maxRetries(count: number): this;
  /**
   * How long the node keeps the task's directory after the task has ended. Default: 7 days.
   *
   * @example
   * ```ts
   * task("t1").command(["true"]).retentionTime("1h");
   * ```
   */
  retentionTime(time: Duration): this;
  /**
   * Application packages of the account that Batch brings to the node before the command starts.
   *
   * @example
   * ```ts
   * task("t1").command(["sh", "-c", "ls $AZ_BATCH_APP_PACKAGE_blender_4_2"]).applicationPackages([
   *   { applicationId: "blender", version: "4.2" },
   * ]);
   * ```
   */
  applicationPackages(packages: readonly ApplicationPackageReference[]): this;
  /**
   * Gives the command a token, in the environment variable `AZ_BATCH_AUTHENTICATION_TOKEN`, by which it may do everything
   * with its job. Microsoft advises managed identities instead.
   *
   * @example
   * ```ts
   * task("t1").command(["python3", "add-tasks.py"]).authenticationToken();
   * ```
   */
  authenticationToken(access?: readonly "job"[]): this;
  /**
   * The service's parameter, checked against the documented limits.
   *
   * @throws InvalidArgumentError that lists everything that is wrong at once
   * @example
   * ```ts
   * const parameter = task("t1").commandLine("/bin/true").maxRetries(2).build();
   * console.log(parameter.id, parameter.constraints?.maxTaskRetryCount); // t1 2
   * ```
   */
  build(): BuiltTask<Id>;
}

/** A task that takes more than one task slot, and so runs on one node. */
export interface SlottedTaskBuilder<Id extends string = string> extends TaskBuilder<Id> {
  /**
   * How many task slots of its node the task takes. Default: 1.
   *
   * @example
   * ```ts
   * task("t1").command(["make", "-j4"]).requiredSlots(4);
   * ```
   */
  requiredSlots(count: number): this;
}

/** A task of which it is open how it runs: with several task slots of a node and on several nodes exclude each other. */
export interface UnsizedTaskBuilder<Id extends string = string> extends TaskBuilder<Id> {
  /**
   * How many task slots of its node the task takes. Default: 1.
   *
   * @example
   * ```ts
   * task("t1").command(["make", "-j4"]).requiredSlots(4);
   * ```
   */
  requiredSlots(count: number): SlottedTaskBuilder<Id>;
  /**
   * Runs the task on several nodes at once, as programs that use MPI do: each runs the coordination command, and when it
   * has ended on all of them, one runs the task's own command. The pool needs inter-node communication, and one task slot
   * a node.
   *
   * @see https://learn.microsoft.com/azure/batch/batch-mpi
   * @example
   * ```ts
   * task("solve")
   *   .command(["sh", "-c", 'mpirun -n 4 --host "$AZ_BATCH_HOST_LIST" ./solve'])
   *   .multiInstance({ numberOfInstances: 4, coordination: { command: ["sh", "start-daemon.sh"] } });
   * ```
   */
  multiInstance(options: MultiInstanceOptions): TaskBuilder<Id>;
}

/** A task that has no command yet. */
export interface TaskStart<Id extends string = string> {
  /** The task's id. */
  readonly id: Id;
  /**
   * A program and its arguments for Linux nodes: a list, or a template. Each argument arrives as it is, whatever it holds:
   * Batch gets a fixed `/bin/sh -c` line of safe characters, and the arguments travel in an environment variable, 128 KiB
   * at the most.
   *
   * A template is split into arguments as a shell splits words, with quotes and backslashes, and nothing in it is expanded.
   * A hole, `${…}`, is (part of) one argument. What only a shell would understand, such as an unquoted `|` or `*`, is
   * refused: for a shell say `.command(["/bin/sh", "-c", "…"])`.
   *
   * @example
   * ```ts
   * const path = "holiday in Wales.mov";
   * task("t1").command(["ffmpeg", "-i", path, "out.mp4"]);
   * task("t2").command`ffmpeg -i ${path} out.mp4`; // the same
   * ```
   */
  command(command: CommandList): UnsizedTaskBuilder<Id>;
  /** The same, as a template. */
  command(text: TemplateStringsArray, ...holes: readonly (string | number)[]): UnsizedTaskBuilder<Id>;
  /**
   * A program and its arguments for Windows nodes: a list, or a template. They are quoted for programs that split their
   * command line as CommandLineToArgvW and Microsoft's C runtime do, as nearly all do; 32,766 characters at the most.
   * Nothing is expanded: `%PATH%` stays as it is.
   *
   * `cmd.exe` reads its line by rules of its own, for which no quoting is safe: it gets only arguments of letters, digits
   * and `_ . - / \ : + #`; a batch file (`.bat`, `.cmd`) gets none at all. Use {@link TaskStart.commandLine} for them.
   *
   * A template is split into arguments as that runtime splits them: by spaces, with double quotes, and a backslash is one.
   *
   * @see https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
   * @example
   * ```ts
   * const path = "C:\\Users\\me\\holiday in Wales.mov";
   * task("t1").windowsCommand(["C:\\Program Files\\ffmpeg\\ffmpeg.exe", "-i", path, "out.mp4"]);
   * task("t2").windowsCommand`"C:\Program Files\ffmpeg\ffmpeg.exe" -i ${path} out.mp4`; // the same
   * ```
   */
  windowsCommand(command: CommandList): UnsizedTaskBuilder<Id>;
  /** The same, as a template. */
  windowsCommand(text: TemplateStringsArray, ...holes: readonly (string | number)[]): UnsizedTaskBuilder<Id>;
  /**
   * A command line as it goes to Batch, which runs it without a shell. How it is split on Linux nodes is not documented:
   * begin it with `/bin/sh -c` or `cmd /c` to have a shell, and never put into it what comes from elsewhere.
   *
   * @example
   * ```ts
   * task("t1").commandLine("/bin/sh -c 'date > now.txt'");
   * task("t2").commandLine("cmd /c echo %AZ_BATCH_TASK_ID%");
   * ```
   */
  commandLine(line: string): UnsizedTaskBuilder<Id>;
}

/** A task that begins from another one, and says what differs. */
export interface ChangedTaskBuilder<Id extends string = string>
  extends TaskStart<Id>,
    UnsizedTaskBuilder<Id> {
  /** The task's id. */
  readonly id: Id;
}

/**
 * Begins the description of a task.
 *
 * @param id - the task's id, 1 to 64 letters, digits, hyphens and underscores
 * @example
 * ```ts
 * const words = task("t1").command(["wc", "-w", "book.txt"]).dependsOn("t0");
 * ```
 */
export function task<Id extends string>(id: Id): TaskStart<Id> {
  return new Task({ id }) as unknown as TaskStart<Id>;
}

/** Other beginnings of a task's description. */
export namespace task {
  /**
   * Begins from a task that exists, as the service gives it, or from another description; the methods then say what
   * differs. What only the service sets, such as the task's state, is left out. So are secrets, which it never gives: say
   * them again.
   *
   * @param existing - a task's description, or its properties
   * @param id - the new task's id
   * @example
   * ```ts
   * const first = task("t1").command(["sh", "count.sh", "a.csv"]).env({ LANG: "C" });
   * const second = task.from(first, "t2").command(["sh", "count.sh", "b.csv"]);
   * ```
   */
  export function from<Id extends string>(
    existing: TaskBuilder | Partial<TaskParameter>,
    id: Id,
  ): ChangedTaskBuilder<Id> {
    const own = Task.settingsOf(existing);
    if (own !== undefined) return new Task({ ...own, id }) as unknown as ChangedTaskBuilder<Id>;
    const properties = isTaskBuilder(existing) ? existing.build() : existing;
    const former = propertiesOf(properties, TASK_PROPERTIES, "task.from");
    return new Task({ id, existing: former }) as unknown as ChangedTaskBuilder<Id>;
  }
}

/** Whether a value is a task's description, of this copy of the package or another. */
export function isTaskBuilder(value: unknown): value is TaskBuilder {
  return hasBrand(value, "TaskBuilder");
}

/** One class for all stages: the interfaces say what there is at each, and `build` refuses what plain JavaScript mixes. */
class Task implements ChangedTaskBuilder {
  readonly #settings: TaskSettings;

  constructor(settings: TaskSettings) {
    this.#settings = settings;
    brand(this, "TaskBuilder");
  }

  static settingsOf(value: object): TaskSettings | undefined {
    return typeof value === "object" && value !== null && #settings in value ? value.#settings : undefined;
  }

  get id(): string {
    return this.#settings.id;
  }

  #with(settings: Partial<TaskSettings>): this {
    return new Task({ ...this.#settings, ...settings }) as this;
  }

  command(first: CommandList | TemplateStringsArray, ...holes: readonly (string | number)[]): this {
    return this.#with({ command: commandOf("linux", first, holes) });
  }

  windowsCommand(first: CommandList | TemplateStringsArray, ...holes: readonly (string | number)[]): this {
    return this.#with({ command: commandOf("windows", first, holes) });
  }

  commandLine(text: string): this {
    return this.#with({ command: { kind: "line", text } });
  }

  displayName(displayName: string): this {
    return this.#with({ displayName });
  }

  env(env: Readonly<Record<string, string>>): this {
    return this.#with({ env: copyOf(env) });
  }

  resourceFiles(resourceFiles: readonly ResourceFile[]): this {
    return this.#with({ resourceFiles: copyOf(resourceFiles) });
  }

  outputFiles(outputFiles: readonly OutputFileParameter[]): this {
    return this.#with({ outputFiles: copyOf(outputFiles) });
  }

  container(container: TaskContainerSettings): this {
    return this.#with({ container: copyOf(container) });
  }

  userIdentity(userIdentity: TaskUser): this {
    return this.#with({ userIdentity: copyOf(userIdentity) });
  }

  dependsOn(...dependsOn: readonly TaskDependency[]): this {
    return this.#with({ dependsOn: copyOf(dependsOn) });
  }

  exitConditions(exitConditions: ExitConditionOptions): this {
    return this.#with({ exitConditions: copyOf(exitConditions) });
  }

  affinity(affinity: string): this {
    return this.#with({ affinity });
  }

  maxWallClockTime(maxWallClockTime: Duration): this {
    return this.#with({ maxWallClockTime });
  }

  maxRetries(maxRetries: number): this {
    return this.#with({ maxRetries });
  }

  retentionTime(retentionTime: Duration): this {
    return this.#with({ retentionTime });
  }

  applicationPackages(applicationPackages: readonly ApplicationPackageReference[]): this {
    return this.#with({ applicationPackages: copyOf(applicationPackages) });
  }

  authenticationToken(tokenAccess: readonly "job"[] = ["job"]): this {
    return this.#with({ tokenAccess: copyOf(tokenAccess) });
  }

  requiredSlots(requiredSlots: number): this {
    return this.#with({ requiredSlots });
  }

  multiInstance(multiInstance: MultiInstanceOptions): this {
    return this.#with({ multiInstance: copyOf(multiInstance) });
  }

  build(): BuiltTask<string> {
    return taskParameter(this.#settings);
  }
}
