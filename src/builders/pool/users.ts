import type { UserAccount } from "../../azure/parameters/index.js";
import { checkDistinct, checkEach, checkKeys, checkOneOf, checkSecret, checkWhole } from "../checks.js";
import { type Problem, show } from "../problems.js";

/** A user that each node gets, for tasks to run as. */
export interface UserOptions {
  /** Its name, 1 to 20 characters. */
  readonly name: string;
  /** Its password. */
  readonly password: string;
  /** Whether it may do what an administrator may. Default: `"nonadmin"`. */
  readonly elevationLevel?: "nonadmin" | "admin";
  /** What it is on Linux. */
  readonly linux?: LinuxUserOptions;
  /** What it is on Windows; only for a pool of it. */
  readonly windows?: {
    /** How it logs in. Default: `"batch"`. */
    readonly loginMode: "batch" | "interactive";
  };
}

/** A user of Linux: its number and its group's go together. */
export type LinuxUserOptions = {
  /** The private key by which the nodes of a pool with inter-node communication let it in without a password. */
  readonly sshPrivateKey?: string;
} & (
  | {
      /** The user's number. Default: the system's choice. */
      readonly uid: number;
      /** The group's number. */
      readonly gid: number;
    }
  | { readonly uid?: never; readonly gid?: never }
);

const KEYS = ["name", "password", "elevationLevel", "linux", "windows"];
const ELEVATION_LEVELS = ["nonadmin", "admin"] as const;
const LARGEST_ID = 2 ** 31 - 1;

export function userAccounts(
  users: readonly UserOptions[],
  isWindows: boolean,
  problems: Problem[],
): UserAccount[] {
  const made = checkEach(users, "pool.users", problems, (user, at) =>
    userAccount(user, at, isWindows, problems),
  );
  checkDistinct(
    made.map(({ name }, index) => [`pool.users[${index}].name`, name]),
    problems,
  );
  return made;
}

function userAccount(user: UserOptions, at: string, isWindows: boolean, problems: Problem[]): UserAccount {
  checkKeys(user, KEYS, at, problems);
  const { name, password, elevationLevel, linux, windows } = user ?? {};
  if (windows !== undefined && !isWindows) {
    problems.push({
      option: `${at}.windows`,
      says: "is for Windows, and the pool's nodes run Linux",
    });
  }
  return {
    name: checkName(name, `${at}.name`, problems),
    password: checkSecret(password, `${at}.password`, problems),
    ...(elevationLevel !== undefined && {
      elevationLevel: checkOneOf(elevationLevel, ELEVATION_LEVELS, `${at}.elevationLevel`, problems),
    }),
    ...(linux !== undefined && { linuxUserConfiguration: linuxUser(linux, `${at}.linux`, problems) }),
    ...(windows !== undefined && {
      windowsUserConfiguration: windowsUser(windows, `${at}.windows`, problems),
    }),
  };
}

function checkName(name: string, option: string, problems: Problem[]): string {
  const length = typeof name === "string" ? [...name].length : 0;
  if (length < 1 || length > 20)
    problems.push({ option, says: `is ${show(name)}, and not text of 1 to 20 characters` });
  return name;
}

function linuxUser(options: LinuxUserOptions, at: string, problems: Problem[]) {
  checkKeys(options, ["uid", "gid", "sshPrivateKey"], at, problems);
  const { uid, gid, sshPrivateKey } = options ?? {};
  if ((uid === undefined) !== (gid === undefined)) {
    problems.push({ option: at, says: "needs `uid` and `gid` together, or neither" });
  }
  return {
    ...(uid !== undefined && { uid: checkWhole(uid, [0, LARGEST_ID], `${at}.uid`, problems) }),
    ...(gid !== undefined && { gid: checkWhole(gid, [0, LARGEST_ID], `${at}.gid`, problems) }),
    ...(sshPrivateKey !== undefined && {
      sshPrivateKey: checkSecret(sshPrivateKey, `${at}.sshPrivateKey`, problems),
    }),
  };
}

function windowsUser(options: NonNullable<UserOptions["windows"]>, at: string, problems: Problem[]) {
  checkKeys(options, ["loginMode"], at, problems);
  return {
    loginMode: checkOneOf(options?.loginMode, ["batch", "interactive"] as const, `${at}.loginMode`, problems),
  };
}
