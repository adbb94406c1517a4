// Tasks a second that reach a service with a latency of 50 ms by 16 requests in flight: this library, Microsoft's clients for
// Python and JavaScript, and the same bodies posted as they are. Each client is a process of its own; so is the service.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { median, pythonWith } from "./measure.js";
import { COMMAND_LINE, CONTAINER, clients, KINDS, type Submission, type Taken } from "./submit/clients.js";
import { type JobCounts, LATENCY, serve } from "./submit/service.js";

const TASKS = 100_000;
const IN_FLIGHT = 16;
const RUNS = 5;
/** What takes longer than this, in seconds, is measured once. */
const LONG = 60;

/** Of the file that runs, which is built from this one. */
const self = fileURLToPath(import.meta.url);
const PYTHON_CLIENT = fileURLToPath(new URL("../../bench/submit/python.py", import.meta.url));

const OURS = "ours";
const LOOP = "@azure/batch, a plain loop";
const PYTHON = "azure-batch for Python";
const LIMIT = "bodies serialised before";
const python = pythonWith("azure.batch");

const [role, submission] = process.argv.slice(2);
if (role === "service") await serve();
else if (role !== undefined && role in clients) {
  const taken = await clients[role as keyof typeof clients](JSON.parse(submission ?? "") as Submission);
  console.log(JSON.stringify(taken));
} else await compare();

async function compare(): Promise<void> {
  const service = spawn(process.execPath, [self, "service"], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(service.stdout, "data")) as [Buffer];
  const url = `http://127.0.0.1:${port.toString().trim()}`;
  const measured: Record<string, Record<string, Figures>> = {};
  for (const kind of KINDS) measured[kind] = await measure(kind, url);
  service.kill();
  for (const [kind, clients] of Object.entries(measured)) {
    for (const [who, { rate, processor }] of Object.entries(clients))
      console.log(`${kind.padEnd(10)}  ${who.padEnd(28)} ${rate} tasks/s, ${processor} s of processor time`);
  }
  if (python === undefined)
    console.log("azure-batch for Python       is not installed (Debian: python3-azure)");
  console.log(JSON.stringify(resultOf(measured)));
}

interface Figures {
  /** Tasks a second. */
  readonly rate: number;
  /** Seconds of the client's processor time. */
  readonly processor: number;
}

/** In turns, so that whatever else the machine does meets all of them. */
async function measure(kind: Submission["kind"], url: string): Promise<Record<string, Figures>> {
  const clientsOfKind = contenders(kind, url);
  const taken = new Map<string, Taken[]>(Object.keys(clientsOfKind).map((who) => [who, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const [who, add] of Object.entries(clientsOfKind)) {
      const before = taken.get(who) as Taken[];
      if ((before[0]?.seconds ?? 0) > LONG) continue;
      const jobId = `${kind} ${who} ${run}`.replaceAll(/\W+/g, "-");
      before.push(JSON.parse(add(jobId)) as Taken);
      const counts = (await (await fetch(`${url}/counts/${jobId}`)).json()) as JobCounts;
      if (counts.tasks !== TASKS || counts.mostInFlight > IN_FLIGHT)
        throw new Error(`${who}: the service has ${JSON.stringify(counts)}`);
    }
  }
  return Object.fromEntries(
    [...taken].map(([who, times]) => [
      who,
      {
        rate: Math.round(TASKS / median(times.map(({ seconds }) => seconds))),
        processor: Number(median(times.map(({ processor }) => processor)).toFixed(2)),
      },
    ]),
  );
}

/** What adds the tasks to a job, and tells the time that it took, as JSON. */
function contenders(kind: Submission["kind"], url: string): Record<string, (jobId: string) => string> {
  const key = Buffer.from("key").toString("base64");
  const node = (who: keyof typeof clients) => (jobId: string) => {
    const what: Submission = { kind, url, key, jobId, tasks: TASKS, inFlight: IN_FLIGHT };
    return output(process.execPath, [self, who, JSON.stringify(what)]);
  };
  const sizes = [String(TASKS), String(IN_FLIGHT), COMMAND_LINE, kind, CONTAINER];
  return {
    [OURS]: node("ours"),
    [LOOP]: node("loop"),
    [LIMIT]: node("limit"),
    ...(python && {
      [PYTHON]: (jobId: string) => output(python, [PYTHON_CLIENT, url, key, jobId, ...sizes]),
    }),
  };
}

function resultOf(measured: Record<string, Record<string, Figures>>) {
  const byKind = (figure: (clients: Record<string, Figures>) => number | undefined) =>
    Object.fromEntries(Object.entries(measured).map(([kind, of]) => [kind, figure(of) ?? "missing"]));
  const rates = (who: string) => byKind((of) => of[who]?.rate);
  const ratio = (who: string) =>
    byKind((of) => of[who] && Math.round((100 * (of[OURS]?.rate ?? 0)) / of[who].rate) / 100);
  const everybody = [OURS, LOOP, PYTHON, LIMIT];
  return {
    bench: "submit",
    unit: "tasks/s",
    ours: rates(OURS),
    peers: { [LOOP]: rates(LOOP), [PYTHON]: python === undefined ? "missing" : rates(PYTHON) },
    limit: rates(LIMIT),
    latencyLimit: (IN_FLIGHT * 100 * 1000) / LATENCY,
    processorSeconds: Object.fromEntries(everybody.map((who) => [who, byKind((of) => of[who]?.processor)])),
    ratios: { [LOOP]: ratio(LOOP), [PYTHON]: ratio(PYTHON), limit: ratio(LIMIT) },
  };
}

function output(command: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return stdout;
}
