// Tasks a second that reach a service with a latency of 50 ms by 16 requests in flight: this library, Microsoft's clients for
// Python and JavaScript, and the same bodies posted as they are. Each client is a process of its own; so is the service.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { median, pythonWith } from "./measure.js";
import { COMMAND_LINE, clients, type Submission, type Taken } from "./submit/clients.js";
import { type JobCounts, LATENCY, serve } from "./submit/service.js";

const TASKS = 100_000;
const IN_FLIGHT = 16;
const RUNS = 5;
/** What takes longer than this, in seconds, is measured once. */
const LONG = 60;

/** Of the file that runs, which is built from this one. */
const self = fileURLToPath(import.meta.url);
const PYTHON_CLIENT = fileURLToPath(new URL("../../bench/submit/python.py", import.meta.url));

const [role, submission] = process.argv.slice(2);
if (role === "service") await serve();
else if (role !== undefined && role in clients) {
  const taken = await clients[role as keyof typeof clients](JSON.parse(submission ?? "") as Submission);
  console.log(JSON.stringify(taken));
} else await compare();

async function compare(): Promise<void> {
  const service = spawn(process.execPath, [self, "service"], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(service.stdout, "data")) as [Buffer];
  const where = {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    key: Buffer.from("key").toString("base64"),
  };

  const node = (who: keyof typeof clients) => (jobId: string) =>
    output(process.execPath, [
      self,
      who,
      JSON.stringify({ ...where, jobId, tasks: TASKS, inFlight: IN_FLIGHT } satisfies Submission),
    ]);
  const python = pythonWith("azure.batch");
  const contenders = {
    ours: node("ours"),
    "@azure/batch, a plain loop": node("loop"),
    "bodies serialised before": node("limit"),
    ...(python && {
      "azure-batch for Python": (jobId: string) =>
        output(python, [
          PYTHON_CLIENT,
          where.url,
          where.key,
          jobId,
          String(TASKS),
          String(IN_FLIGHT),
          COMMAND_LINE,
        ]),
    }),
  };

  const taken = new Map<string, Taken[]>(Object.keys(contenders).map((who) => [who, []]));
  // In turns, so that whatever else the machine does meets all of them.
  for (let run = 0; run < RUNS; run++) {
    for (const [who, add] of Object.entries(contenders)) {
      const measured = taken.get(who) as Taken[];
      if ((measured[0]?.seconds ?? 0) > LONG) continue;
      const jobId = `${who.replaceAll(/\W+/g, "-")}-${run}`;
      measured.push(JSON.parse(add(jobId)) as Taken);
      const counts = (await (await fetch(`${where.url}/counts/${jobId}`)).json()) as JobCounts;
      if (counts.tasks !== TASKS || counts.mostInFlight > IN_FLIGHT)
        throw new Error(`${who}: the service has ${JSON.stringify(counts)}`);
    }
  }
  service.kill();

  const rates = Object.fromEntries(
    [...taken].map(([who, measured]) => [
      who,
      Math.round(TASKS / median(measured.map(({ seconds }) => seconds))),
    ]),
  );
  const processorSeconds = Object.fromEntries(
    [...taken].map(([who, measured]) => [
      who,
      Number(median(measured.map(({ processor }) => processor)).toFixed(2)),
    ]),
  );
  for (const [who, rate] of Object.entries(rates))
    console.log(
      `${who.padEnd(28)} ${String(rate).padStart(7)} tasks/s, ${processorSeconds[who]} s of processor time`,
    );
  if (python === undefined)
    console.log("azure-batch for Python       is not installed (Debian: python3-azure)");
  const latencyLimit = (IN_FLIGHT * 100 * 1000) / LATENCY;
  console.log(`the latency alone            ${String(latencyLimit).padStart(7)} tasks/s`);

  const { ours = 0, "bodies serialised before": limit = 0, ...peers } = rates;
  const ratios = Object.fromEntries(
    Object.entries({ ...peers, limit }).map(([who, rate]) => [who, Math.round((100 * ours) / rate) / 100]),
  );
  console.log(
    JSON.stringify({
      bench: "submit",
      unit: "tasks/s",
      ours,
      peers: { ...peers, ...(python === undefined && { "azure-batch for Python": "missing" }) },
      limit,
      latencyLimit,
      processorSeconds,
      ratios,
    }),
  );
}

function output(command: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return stdout;
}
