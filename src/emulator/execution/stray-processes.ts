import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { kill } from "./process-groups.js";

const marks = [
  "AZ_BATCH_TASK_WORKING_DIR",
  "AZ_BATCH_TASK_SHARED_DIR",
  "AZ_BATCH_NODE_ROOT_DIR",
  "AZ_BATCH_ACCOUNT_URL",
] as const;

/** Whose processes are to be killed: those of a task, a node or the whole emulator. */
export interface Owner {
  /** The variable that all its processes inherit, */
  readonly variable: (typeof marks)[number];
  /** with this value, which no other owner's have. */
  readonly value: string;
  /** Where its logs are: a process that writes to them is its own, whatever became of its environment. */
  readonly folder: string;
  /** Asked before each kill: `true` leaves the processes alone, as they may be those of a later run. */
  spared?(): boolean;
}

interface Search {
  readonly owner: Owner;
  rounds: number;
  readonly finished: () => void;
}

// A process may start another one while the system's list is read, so a search looks until it finds nothing.
const mostRounds = 5;
// What the system tells of a process is not on a disk: to read it at once takes a third of the time, and no others wait long.
const processesATurn = 32;
let waiting: Search[] = [];
let looking = false;

/**
 * Kills all processes of an owner, wherever they are: also those that left their group for a session of their own. Only
 * Linux lets a program see the environment and the files of others; elsewhere this does nothing.
 */
export function killProcessesOf(owner: Owner): Promise<void> {
  if (process.platform !== "linux") return Promise.resolve();
  return new Promise((finished) => {
    waiting.push({ owner, rounds: 0, finished });
    void look();
  });
}

// However many owners wait, all are served by one look at the system's processes.
async function look(): Promise<void> {
  if (looking) return;
  looking = true;
  while (waiting.length > 0) {
    const searches = waiting;
    waiting = [];
    const found = await killFound(searches);
    for (const search of searches) {
      search.rounds += 1;
      if (found.has(search) && search.rounds < mostRounds) waiting.push(search);
      else search.finished();
    }
  }
  looking = false;
}

async function killFound(searches: readonly Search[]): Promise<Set<Search>> {
  const byMark = new Map<string, Search[]>();
  const byFolder = new Map<string, Search[]>();
  for (const search of searches) {
    const { variable, value, folder } = search.owner;
    addTo(byMark, `${variable}=${value}`, search);
    addTo(byFolder, folder, search);
  }
  const found = new Set<Search>();
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  for (const [index, pid] of pids.entries()) {
    if (index % processesATurn === processesATurn - 1) await nextTurn();
    const owners = [
      ...marksOf(pid).flatMap((mark) => byMark.get(mark) ?? []),
      ...logFoldersOf(pid).flatMap((folder) => byFolder.get(folder) ?? []),
    ];
    for (const search of owners) {
      if (search.owner.spared?.()) continue;
      found.add(search);
      kill(pid);
    }
  }
  return found;
}

function addTo(map: Map<string, Search[]>, key: string, search: Search): void {
  const present = map.get(key);
  if (present === undefined) map.set(key, [search]);
  else present.push(search);
}

// A process that ended meanwhile, or is somebody else's, shows nothing.
function marksOf(pid: number): string[] {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return entries.filter((entry) => marks.some((mark) => entry.startsWith(`${mark}=`)));
  } catch {
    return [];
  }
}

/** The folders, from the innermost one outwards, of the logs of a task that a process writes to. */
function logFoldersOf(pid: number): string[] {
  return [1, 2]
    .map((file) => targetOf(`/proc/${pid}/fd/${file}`))
    .filter(isLog)
    .flatMap(foldersAbove);
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}

function isLog(path: string): boolean {
  // The system says so of a file that was removed.
  const name = basename(path).replace(/ \(deleted\)$/, "");
  return name === "stdout.txt" || name === "stderr.txt";
}

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder.length > 1; folder = dirname(folder)) folders.push(folder);
  return folders;
}
