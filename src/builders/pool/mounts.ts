import type { IdentityReference, MountConfiguration } from "../../azure/parameters/index.js";

import {
  checkDistinct,
  checkEach,
  checkForm,
  checkKeys,
  checkOneOf,
  checkSecret,
  checkText,
} from "../checks.js";
import type { Problem } from "../problems.js";
import { checkIdentity } from "../task-parts/checks.js";

/** A file system that each node mounts, for as long as the pool is there. */
export type MountOptions = BlobMountOptions | AzureFilesMountOptions | NfsMountOptions | CifsMountOptions;

/** What all mounts have. */
export interface MountPlace {
  /** Where it is mounted, below the directory that `AZ_BATCH_NODE_MOUNTS_DIR` names. */
  readonly relativeMountPath: string;
}

/** A container of Blob Storage, by blobfuse: read with a key, a SAS or a managed identity of the pool. */
export type BlobMountOptions = MountPlace & {
  /** Which of the four. */
  readonly type: "azureBlob";
  /** The storage account's name. */
  readonly accountName: string;
  /** The container's name. */
  readonly containerName: string;
  /** More options of blobfuse. */
  readonly blobfuseOptions?: string;
} & (
    | {
        /** The account's key. */
        readonly accountKey: string;
        readonly sasKey?: never;
        readonly identityReference?: never;
      }
    | {
        /** A SAS of the container. */
        readonly sasKey: string;
        readonly accountKey?: never;
        readonly identityReference?: never;
      }
    | {
        /** The managed identity. */
        readonly identityReference: IdentityReference;
        readonly accountKey?: never;
        readonly sasKey?: never;
      }
  );

/** A share of Azure Files. */
export interface AzureFilesMountOptions extends MountPlace {
  /** Which of the four. */
  readonly type: "azureFiles";
  /** The storage account's name. */
  readonly accountName: string;
  /** The share's URL: `"https://account.file.core.windows.net/share"`. */
  readonly azureFileUrl: string;
  /** The account's key. */
  readonly accountKey: string;
  /** More options of the mount: those of `mount` on Linux, of `net use` on Windows. */
  readonly mountOptions?: string;
}

/** A file system of NFS. */
export interface NfsMountOptions extends MountPlace {
  /** Which of the four. */
  readonly type: "nfs";
  /** Its URI. */
  readonly source: string;
  /** More options of the mount. */
  readonly mountOptions?: string;
}

/** A file system of CIFS or SMB. */
export interface CifsMountOptions extends MountPlace {
  /** Which of the four. */
  readonly type: "cifs";
  /** Its URI. */
  readonly source: string;
  /** The user. */
  readonly username: string;
  /** The user's password. */
  readonly password: string;
  /** More options of the mount. */
  readonly mountOptions?: string;
}

const MOST = 10;
const RELATIVE_PATH = {
  pattern: /^(?![/\\]|[A-Za-z]:)(?!(?:.*[/\\])?\.\.(?:[/\\]|$)).*\S/s,
  is: "a path within the directory of mounts",
};
const SHARE_URL = /^https:\/\/[^\s?#/]+(?:\/[^\s?#]*)?$/i;
const KEYS = {
  azureBlob: ["accountName", "containerName", "blobfuseOptions", "accountKey", "sasKey", "identityReference"],
  azureFiles: ["accountName", "azureFileUrl", "accountKey", "mountOptions"],
  nfs: ["source", "mountOptions"],
  cifs: ["source", "username", "password", "mountOptions"],
} as const;
const TYPES = Object.keys(KEYS) as MountOptions["type"][];

export function mountConfiguration(
  mounts: readonly MountOptions[],
  problems: Problem[],
): MountConfiguration[] {
  const option = "pool.mounts";
  const made = checkEach(mounts, option, problems, (mount, at) => makeMount(mount, at, problems));
  if (made.length > MOST) {
    problems.push({ option, says: `has ${made.length} mounts, and Batch takes ${MOST} for a pool` });
  }
  const places = checkEach(mounts, option, [], (mount, at) => [
    `${at}.relativeMountPath`,
    mount?.relativeMountPath,
  ]);
  checkDistinct(places as [string, unknown][], problems);
  return made;
}

function makeMount(mount: MountOptions, at: string, problems: Problem[]): MountConfiguration {
  const type = checkOneOf(mount?.type, TYPES, `${at}.type`, problems);
  if (!TYPES.includes(type)) return {};
  checkKeys(mount, ["type", "relativeMountPath", ...KEYS[type]], at, problems);
  switch (mount.type) {
    case "azureBlob":
      return { azureBlobFileSystemConfiguration: blobMount(mount, at, problems) };
    case "azureFiles":
      return {
        azureFileShareConfiguration: {
          accountName: checkText(mount.accountName, `${at}.accountName`, problems),
          azureFileUrl: checkShareUrl(mount.azureFileUrl, `${at}.azureFileUrl`, problems),
          accountKey: checkSecret(mount.accountKey, `${at}.accountKey`, problems),
          ...place(mount, at, problems),
          ...mountOptions(mount, at, problems),
        },
      };
    case "nfs":
      return {
        nfsMountConfiguration: {
          source: checkText(mount.source, `${at}.source`, problems),
          ...place(mount, at, problems),
          ...mountOptions(mount, at, problems),
        },
      };
    case "cifs":
      return {
        cifsMountConfiguration: {
          username: checkText(mount.username, `${at}.username`, problems),
          password: checkSecret(mount.password, `${at}.password`, problems),
          source: checkText(mount.source, `${at}.source`, problems),
          ...place(mount, at, problems),
          ...mountOptions(mount, at, problems),
        },
      };
  }
}

function blobMount(
  mount: BlobMountOptions,
  at: string,
  problems: Problem[],
): NonNullable<MountConfiguration["azureBlobFileSystemConfiguration"]> {
  const { accountName, containerName, blobfuseOptions, accountKey, sasKey, identityReference } = mount;
  const ways = [accountKey, sasKey, identityReference].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    problems.push({ option: at, says: "needs one of `accountKey`, `sasKey` and `identityReference`" });
  }
  return {
    accountName: checkText(accountName, `${at}.accountName`, problems),
    containerName: checkText(containerName, `${at}.containerName`, problems),
    ...(accountKey !== undefined && {
      accountKey: checkSecret(accountKey, `${at}.accountKey`, problems),
    }),
    ...(sasKey !== undefined && { sasKey: checkSecret(sasKey, `${at}.sasKey`, problems) }),
    ...(identityReference !== undefined && {
      identityReference: checkIdentity(identityReference, `${at}.identityReference`, problems),
    }),
    ...(blobfuseOptions !== undefined && {
      blobfuseOptions: checkSecret(blobfuseOptions, `${at}.blobfuseOptions`, problems),
    }),
    ...place(mount, at, problems),
  };
}

/** It may have been given with a SAS: no problem shows it. */
function checkShareUrl(url: string, option: string, problems: Problem[]): string {
  if (url === undefined) problems.push({ option, says: "is missing" });
  else if (!SHARE_URL.test(String(url)))
    problems.push({ option, says: "is no URL of a share that begins with https://" });
  return url;
}

function place({ relativeMountPath }: MountPlace, at: string, problems: Problem[]) {
  return {
    relativeMountPath: checkForm(relativeMountPath, RELATIVE_PATH, `${at}.relativeMountPath`, problems),
  };
}

/** They may hold a password: no problem shows them. */
function mountOptions({ mountOptions: options }: { mountOptions?: string }, at: string, problems: Problem[]) {
  return options === undefined ? {} : { mountOptions: checkSecret(options, `${at}.mountOptions`, problems) };
}
