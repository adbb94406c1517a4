import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** How long the service takes for a collection, in milliseconds. */
export const LATENCY = 50;
const MOST_TASKS = 100;
const MOST_BYTES = 1_048_576;

/** What the service has of one job. */
export interface JobCounts {
  readonly tasks: number;
  readonly requests: number;
  readonly mostInFlight: number;
}

/**
 * A service that takes collections of tasks as Azure Batch does, after 50 ms each, however many come at once. It checks what
 * a client could get wrong: the size of a request, ids that are missing or come twice. `GET /counts/JOB` tells what came.
 */
export async function serve(): Promise<void> {
  const jobs = new Map<
    string,
    { ids: Set<string>; requests: number; inFlight: number; mostInFlight: number }
  >();
  const jobOf = (id: string) => {
    const job = jobs.get(id) ?? { ids: new Set<string>(), requests: 0, inFlight: 0, mostInFlight: 0 };
    jobs.set(id, job);
    return job;
  };

  const server = createServer(async (request, response) => {
    const came = performance.now();
    const [, kind, jobId = ""] = new URL(request.url ?? "", "http://localhost").pathname.split("/");
    const job = jobOf(jobId);
    if (kind === "counts") {
      const { ids, requests, mostInFlight } = job;
      response.end(JSON.stringify({ tasks: ids.size, requests, mostInFlight } satisfies JobCounts));
      return;
    }
    job.requests += 1;
    job.inFlight += 1;
    job.mostInFlight = Math.max(job.mostInFlight, job.inFlight);
    const body = await text(request);
    const tasks = (JSON.parse(body) as { value: { id: string; commandLine: string }[] }).value;
    const tooMuch = tasks.length > MOST_TASKS || body.length > MOST_BYTES;
    const results = tooMuch
      ? ""
      : tasks.map(({ id, commandLine }) => result(jobId, id, commandLine, job.ids)).join(",");
    setTimeout(
      () => {
        job.inFlight -= 1;
        response.writeHead(tooMuch ? 413 : 200, { "Content-Type": "application/json;odata=minimalmetadata" });
        response.end(`{"odata.metadata":"https://localhost/$metadata#taskaddresult","value":[${results}]}`);
      },
      LATENCY - (performance.now() - came),
    );
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

/** As recorded of the service, for a task that is new; one that is not, or says too little, is refused. */
function result(jobId: string, id: string, commandLine: string, ids: Set<string>): string {
  if (typeof id !== "string" || typeof commandLine !== "string" || ids.has(id)) {
    const code = ids.has(id) ? "TaskExists" : "MissingRequiredProperty";
    return `{"status":"ClientError","taskId":"${id}","error":{"code":"${code}","message":{"lang":"en-US","value":"No."}}}`;
  }
  ids.add(id);
  return (
    `{"status":"Success","taskId":"${id}","eTag":"0x8DA9061E1BED87D","lastModified":"2022-09-06T23:45:29.9954813Z",` +
    `"location":"https://localhost/jobs/${jobId}/tasks/${id}"}`
  );
}
