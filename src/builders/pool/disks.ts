import type { DataDisk, DiskEncryptionTarget } from "../../azure/parameters/index.js";
import { checkDistinct, checkEach, checkKeys, checkOneOf, checkWhole } from "../checks.js";
import type { Problem } from "../problems.js";

/** An empty disk that each node gets for itself. It goes with the node, and has to be formatted before it can be used. */
export interface DataDiskOptions {
  /** Its size in gigabytes. */
  readonly diskSizeGB: number;
  /** Its logical unit number: 0 to 63, and another one for each disk. Default: its place in the list. */
  readonly lun?: number;
  /** What the host caches. Default: what Batch takes. */
  readonly caching?: "none" | "readonly" | "readwrite";
  /** What it is stored on. Default: `"standard_lrs"`. */
  readonly storageAccountType?: "standard_lrs" | "premium_lrs";
}

const KEYS = ["diskSizeGB", "lun", "caching", "storageAccountType"];
const CACHING = ["none", "readonly", "readwrite"] as const;
const STORAGE = ["standard_lrs", "premium_lrs"] as const;
const TARGETS = ["osdisk", "temporarydisk"] as const;

export function dataDisks(disks: readonly DataDiskOptions[], problems: Problem[]): DataDisk[] {
  const made = checkEach(disks, "pool.dataDisks", problems, (disk, at, index) => {
    checkKeys(disk, KEYS, at, problems);
    const { lun = index, diskSizeGB, caching, storageAccountType } = disk ?? {};
    return {
      lun: checkWhole(lun, [0, 63], `${at}.lun`, problems),
      diskSizeGB: checkWhole(diskSizeGB, [1, Number.POSITIVE_INFINITY], `${at}.diskSizeGB`, problems),
      ...(caching !== undefined && { caching: checkOneOf(caching, CACHING, `${at}.caching`, problems) }),
      ...(storageAccountType !== undefined && {
        storageAccountType: checkOneOf(storageAccountType, STORAGE, `${at}.storageAccountType`, problems),
      }),
    };
  });
  checkDistinct(
    made.map(({ lun }, index) => [`pool.dataDisks[${index}].lun`, lun]),
    problems,
  );
  return made;
}

/** What Batch encrypts on each system is one set alone; leaving it out takes it. */
export function diskEncryption(
  targets: readonly DiskEncryptionTarget[] | "all",
  isWindows: boolean,
  problems: Problem[],
): { targets: readonly DiskEncryptionTarget[] } {
  const supported: readonly DiskEncryptionTarget[] = isWindows ? TARGETS : ["temporarydisk"];
  if (targets === "all") return { targets: supported };
  const option = "pool.diskEncryption";
  const made = checkEach(targets, option, problems, (target, at) =>
    checkOneOf(target, TARGETS, at, problems),
  );
  const isSupported =
    supported.every((one) => made.includes(one)) && made.every((one) => supported.includes(one));
  if (!isSupported) {
    const says = isWindows
      ? 'has to be "osdisk" and "temporarydisk" on Windows'
      : 'can only be "temporarydisk" on Linux';
    problems.push({ option, says });
  }
  return { targets: made };
}
