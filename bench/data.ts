// Seconds for large and for many files on the local engine, once it is up, and the memory of the process that sends them; beside
// Microsoft's clients for JavaScript and Python, and as the limit the same bytes by Node.js's HTTP client. Each is a process of
// its own. The cases:
//   in     a file is the input of an item: it goes up to storage, and down to the node
//   out    an item gives a file back: it goes from the node up to storage, and down to a folder of ours
//   files  many small files are the input of one item, as a folder
//   each   as many small files, each the input of an item of its own
//   again  the large file again, in a second run, where both have the option `cache`
// The others take the same way without a node: up to an Azurite that is there, and down to the disk. What takes them there and
// back is one figure for `in` and `out`, and one for `files` and `each`; they have nothing like `again`.
// Azurite keeps blobs in memory, the local engine's too, so that the engine's processes grow with the file. What counts is the
// client's memory, which is also measured with a quarter of the file.
// Options: --mebibytes 1024  --files 1000  --runs 5
import { randomBytes, randomFillSync } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startAzurite } from "../src/local/engine.js";
import { bare, type Found, ours, type Place, type Program, plain, report } from "./data/programs.js";
import { linesOf, type Measured, PYTHON, type Quarter, resultOf, type Table } from "./data/result.js";
import { pythonWith, untilLastResult } from "./measure.js";

const SMALL = 4096;
/** What takes longer than this, in seconds, is measured once. */
const LONG = 60;

/** Of the file that runs, which is built from this one. */
const self = fileURLToPath(import.meta.url);
const PYTHON_CLIENT = fileURLToPath(new URL("../../bench/data/python.py", import.meta.url));

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mebibytes: { type: "string", default: "1024" },
    files: { type: "string", default: "1000" },
    runs: { type: "string", default: "5" },
  },
});
const mebibytes = Number(options.mebibytes);
const files = Number(options.files);
const runs = Number(options.runs);

/** By what each may do. */
const programs: Record<string, Record<string, Program>> = { ours, "@azure/storage-blob": plain, limit: bare };

const [who, what, place] = positionals;
if (who === undefined) await compare();
else {
  const program = programs[who]?.[what ?? ""];
  if (program === undefined || place === undefined) throw new Error(`There is no program ${who} ${what}.`);
  await report(program, JSON.parse(place) as Place);
}

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const inputs = makeInputs(folder);
    const measured = await measureAll({ ...inputs, back: join(folder, "back") });
    truncateSync(inputs.file, Math.ceil((mebibytes * 2 ** 20) / 4));
    const quarter = await measureQuarter({ ...inputs, back: join(folder, "back") });
    for (const line of linesOf(measured)) console.log(line);
    console.log(JSON.stringify(resultOf(measured, quarter, { mebibytes, files })));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Random bytes: no two files are the same, and nothing makes them shorter. */
function makeInputs(folder: string): Pick<Place, "file" | "small"> {
  const [file, small] = [join(folder, "large"), join(folder, "small")];
  const opened = openSync(file, "w");
  const piece = Buffer.alloc(2 ** 20);
  for (let written = 0; written < mebibytes; written++) writeSync(opened, randomFillSync(piece));
  closeSync(opened);
  mkdirSync(small);
  for (let n = 0; n < files; n++) writeFileSync(join(small, `${n}`), randomBytes(SMALL));
  return { file, small };
}

async function measureAll(place: Place): Promise<Table> {
  const python = pythonWith("azure.storage.blob");
  if (python === undefined) console.log(`${PYTHON} is not installed (Debian: python3-azure)`);
  const table: Table = {};
  const add = async (who: string, what: string, program: string, args: readonly string[]) => {
    table[who] ??= {};
    const measured = table[who];
    measured[what] ??= [];
    if ((measured[what][0]?.seconds ?? 0) > LONG) return;
    measured[what].push(await measure(program, [...args, what], place, who !== "ours"));
  };
  // In turns, so that whatever else the machine does meets all of them.
  for (let run = 0; run < runs; run++) {
    for (const [who, its] of Object.entries(programs))
      for (const what of Object.keys(its)) await add(who, what, process.execPath, [self, who]);
    if (python === undefined) continue;
    for (const what of Object.keys(plain)) await add(PYTHON, what, python, [PYTHON_CLIENT]);
  }
  return table;
}

/** The memory of our client with a quarter of the file. */
async function measureQuarter(place: Place): Promise<Quarter> {
  const one = async (what: string) =>
    Math.round((await measure(process.execPath, [self, "ours", what], place, false)).mebibytes);
  return { in: await one("in"), out: await one("out") };
}

async function measure(
  program: string,
  args: readonly string[],
  place: Place,
  needsStorage: boolean,
): Promise<Measured> {
  // One as the local engine has, and a new one each time: it frees the memory of its blobs late.
  const storage = needsStorage ? await startAzurite() : undefined;
  try {
    const given = JSON.stringify({
      ...place,
      ...(storage && { connectionString: storage.connectionString }),
    });
    const { line, helpersMebibytes } = await untilLastResult(program, [...args, given], {
      watchMemory: !needsStorage,
    });
    return { ...(JSON.parse(line) as Found & { mebibytes: number }), helpersMebibytes };
  } finally {
    await storage?.child.close();
    rmSync(place.back, { recursive: true, force: true });
  }
}
