import type { Reader } from "./life.js";
import type { OutcomeLog } from "./outcome-log.js";
import type { PartReader } from "./part-reader.js";
import type { Tenant, Tenants } from "./pipeline/tenants.js";

/** Whose outcomes are read. */
export interface Readable {
  readonly tenant: Tenant;
  readonly tenants: Tenants;
  readonly parts: PartReader;
  readonly log: Promise<OutcomeLog>;
  /** Resolves when nothing of the run goes on any more. */
  ended(): Promise<void>;
}

/** Reads outcomes; the storage goes after the first reader that came to the end. */
export async function* readLog(run: Readable, reader: (log: OutcomeLog) => Reader): Reader {
  const log = await run.log;
  const ends = [run.tenants.beginReading(), run.parts.beginReading()];
  let readAll = false;
  try {
    yield* reader(log);
    readAll = true;
  } finally {
    for (const end of ends) end();
    if (readAll) await run.ended().then(() => run.tenants.readToTheEnd(run.tenant));
  }
}
