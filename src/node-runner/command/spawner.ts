import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import {
  DRAIN_TIME,
  type Ending,
  type Execution,
  LARGEST_OUTPUT,
  type Program,
  timeLimit,
} from "./execute.js";
import { SPAWNER_PROGRAM } from "./spawner-program.js";

/** The system's own comes first: what is first on the PATH may be a slow wrapper around one of several. */
const PYTHONS = ["/usr/bin/python3", "python3"];

interface Running {
  readonly end: (execution: Execution | undefined) => void;
  readonly timeout: number | undefined;
  forced?: Ending;
  timers: NodeJS.Timeout[];
}

/** Runs programs by a small process that does nothing else: see {@link SPAWNER_PROGRAM}. */
export class Spawner {
  readonly #process: ChildProcess;
  readonly #atOnce: number;
  readonly #running = new Map<string, Running>();
  readonly #onLost: (fault: Error) => void;
  readonly #onBegun: () => void;
  #received: Buffer = Buffer.alloc(0);
  #count = 0;

  private constructor(
    process: ChildProcess,
    atOnce: number,
    onLost: (fault: Error) => void,
    onBegun: () => void,
  ) {
    this.#process = process;
    this.#atOnce = atOnce;
    this.#onLost = onLost;
    this.#onBegun = onBegun;
    process.stdout?.on("data", (piece: Buffer) => this.#take(piece));
    process.stdin?.on("error", () => undefined);
    process.once("exit", () => this.#lost());
  }

  /**
   * Starts it; undefined on a node without Python. So many programs run `atOnce`, and others wait. They get `environment` and
   * what their own adds to it. `onLost` is called where it ends while programs run: what became of them is not known.
   */
  static async start(
    atOnce: number,
    environment: Readonly<Record<string, string>>,
    onLost: (fault: Error) => void,
  ): Promise<Spawner | undefined> {
    for (const python of PYTHONS) {
      const spawner = await Spawner.#startBy(python, atOnce, environment, onLost);
      if (spawner !== undefined) return spawner;
    }
    return undefined;
  }

  static #startBy(
    python: string,
    atOnce: number,
    environment: Readonly<Record<string, string>>,
    onLost: (fault: Error) => void,
  ): Promise<Spawner | undefined> {
    // Isolated (-I) from variables such as PYTHONSTARTUP, which are for the programs and not for what starts them.
    const child = spawn(python, ["-I", "-S", "-c", SPAWNER_PROGRAM], {
      env: { PATH: process.env.PATH },
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });
    return new Promise((resolve) => {
      const spawner = new Spawner(child, atOnce, onLost, () => resolve(spawner));
      child.once("error", () => resolve(undefined));
      child.once("exit", () => resolve(undefined));
      const most = String(LARGEST_OUTPUT);
      spawner.#send("B", String(atOnce), most, ...Object.entries(environment).flat());
    });
  }

  /**
   * Runs a program, without a shell, in a process group of its own that ends with it; once there is room for it, so that the
   * next one starts as soon as one has ended. Undefined where it was withdrawn before.
   */
  execute(program: Program): Promise<Execution | undefined> {
    const { file, args, folder, ownEnvironment, stdin, timeout } = program;
    const variables = Object.entries(ownEnvironment).flat();
    if ([file, ...args, ...variables].some((text) => text.includes("\0"))) {
      return Promise.resolve(notStarted("ERR_INVALID_ARG_VALUE"));
    }
    return new Promise((end) => {
      const id = String(this.#count++);
      this.#running.set(id, { end, timeout, timers: [] });
      const sayStart = timeout === undefined ? "" : "S";
      const input = stdin === undefined ? "" : `<${stdin}`;
      const count = String(variables.length / 2);
      this.#send("R", id, sayStart, folder, input, count, ...variables, file, ...args);
    });
  }

  /** How many more programs would start at once; below zero, so many wait. */
  get room(): number {
    return this.#atOnce - this.#running.size;
  }

  /** Has the programs come back that have not started. */
  withdraw(): void {
    this.#send("W");
  }

  killAll(): void {
    this.withdraw();
    for (const id of this.#running.keys()) this.#send("K", id, String(constants.signals.SIGKILL));
  }

  /** Ends it, once nothing runs any more. */
  close(): void {
    this.#process.stdin?.end();
  }

  /** What is sent in one turn goes by one write: each wakes the other process. */
  #send(...fields: readonly string[]): void {
    const input = this.#process.stdin;
    if (input === null) return;
    if (input.writableCorked === 0) {
      input.cork();
      setImmediate(() => input.uncork());
    }
    input.write(frameOf(fields));
  }

  #take(piece: Buffer): void {
    this.#received = this.#received.length === 0 ? piece : Buffer.concat([this.#received, piece]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0);
      if (this.#received.length < end) return;
      const [what, id, ...rest] = fieldsOf(this.#received.subarray(4, end));
      this.#received = this.#received.subarray(end);
      this.#hear(String(what), String(id), rest);
    }
  }

  #hear(what: string, id: string, rest: readonly Buffer[]): void {
    if (what === "B") this.#onBegun();
    else if (what === "S") this.#limitTime(id);
    else if (what === "X") this.#waitForStreams(id);
    else this.#end(id, what === "W" ? undefined : this.#executionOf(id, rest));
  }

  #limitTime(id: string): void {
    const running = this.#running.get(id);
    if (running?.timeout === undefined) return;
    const timeUp = (signal: NodeJS.Signals) => {
      running.forced ??= { kind: "timed out" };
      this.#send("K", id, String(constants.signals[signal]));
    };
    running.timers = timeLimit(running.timeout, timeUp);
  }

  /** A process that a program started, and that got out of its group, may hold its streams. */
  #waitForStreams(id: string): void {
    this.#running.get(id)?.timers.forEach(clearTimeout);
    const drained = setTimeout(() => this.#send("C", id), DRAIN_TIME);
    this.#running.get(id)?.timers.push(drained);
  }

  #executionOf(id: string, fields: readonly Buffer[]): Execution {
    const [status, errno, tooMuch, milliseconds, stdout, stderr] = fields.map(String);
    if (errno !== "") return notStarted(getSystemErrorName(-Number(errno)));
    const ending: Ending =
      this.#running.get(id)?.forced ??
      (tooMuch === "stdout" || tooMuch === "stderr"
        ? { kind: "wrote too much", stream: tooMuch }
        : endingOf(Number(status)));
    return { ending, milliseconds: Number(milliseconds), stdout: stdout ?? "", stderr: stderr ?? "" };
  }

  #end(id: string, execution: Execution | undefined): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    running?.timers.forEach(clearTimeout);
    running?.end(execution);
  }

  #lost(): void {
    if (this.#running.size > 0) this.#onLost(new Error("The process that starts the commands has ended."));
  }
}

function notStarted(code: string): Execution {
  const error = Object.assign(new Error(`spawn ${code}`), { code });
  return { ending: { kind: "not started", error }, milliseconds: 0, stdout: "", stderr: "" };
}

/** An exit code, or minus the number of the signal that ended the process. */
function endingOf(code: number): Ending {
  if (code >= 0) return { kind: "exited", exitCode: code };
  const signal = Object.entries(constants.signals).find(([, number]) => number === -code)?.[0];
  return { kind: "killed", signal: (signal ?? `signal ${-code}`) as NodeJS.Signals };
}

function frameOf(fields: readonly string[]): Buffer {
  const sizes = fields.map((field) => Buffer.byteLength(field));
  const length = sizes.reduce((sum, size) => sum + 4 + size, 0);
  const frame = Buffer.allocUnsafe(4 + length);
  let at = frame.writeUInt32BE(length, 0);
  for (const [i, field] of fields.entries()) {
    at = frame.writeUInt32BE(sizes[i] as number, at);
    at += frame.write(field, at, "utf8");
  }
  return frame;
}

function fieldsOf(frame: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at < frame.length; ) {
    const end = at + 4 + frame.readUInt32BE(at);
    fields.push(frame.subarray(at + 4, end));
    at = end;
  }
  return fields;
}
