import type { BlobServiceClient, StorageSharedKeyCredential, UserDelegationKey } from "@azure/storage-blob";
import { InvalidArgumentError } from "../errors/index.js";
import type { SasPermissions } from "./ports.js";
import type { StorageLibrary } from "./storage-library.js";

/** The rules of a SAS change with this; the client library's newest is not known everywhere yet. */
const VERSION = "2025-07-05";

/** Milliseconds that the service allows clocks to differ, so a SAS that must hold longer than it ends later by as much. */
const CLOCK_TOLERANCE = 15 * 60_000;

const DAY = 24 * 60 * 60_000;
/** The longest life of a user delegation key, in milliseconds. */
const LONGEST_DELEGATION = 7 * DAY;
/** A key that is younger than this, in milliseconds, is not renewed for the little that its SAS would live longer. */
const FRESH = 60 * 60_000;

/** What a SAS opens: a container, or one blob of it. */
export interface SasScope {
  readonly containerName: string;
  readonly blobName?: string;
}

/** Gives the query of a SAS. */
export type SasSigner = (scope: SasScope, permissions: SasPermissions, expiresIn: number) => Promise<string>;

interface Signing {
  readonly sdk: StorageLibrary;
  /** The service's time as far as it is known, in milliseconds. */
  readonly now: () => number;
  readonly https: boolean;
}

/** Signs with the account's key. */
export function sharedKeySas(signing: Signing, credential: StorageSharedKeyCredential): SasSigner {
  return async (scope, permissions, expiresIn) => {
    const expires = signing.now() + expiresIn + CLOCK_TOLERANCE;
    const values = sasValues(signing, scope, permissions, expires);
    return signing.sdk.generateBlobSASQueryParameters(values, credential).toString();
  };
}

/** Signs with a user delegation key, which the service gives to an identity; one key serves many SAS. */
export function delegationSas(signing: Signing, service: BlobServiceClient): SasSigner {
  let current: { key: UserDelegationKey; asked: number; expires: number } | undefined;

  const keyUntil = async (wanted: number) => {
    const now = signing.now();
    if (current !== undefined && (current.expires >= wanted || now - current.asked < FRESH)) return current;
    const start = now - CLOCK_TOLERANCE;
    const expires = start + LONGEST_DELEGATION;
    const key = await service.getUserDelegationKey(new Date(start), new Date(expires));
    current = { key, asked: now, expires };
    return current;
  };

  return async (scope, permissions, expiresIn) => {
    if (expiresIn > LONGEST_DELEGATION) {
      throw new InvalidArgumentError(
        `Nodes would need access to storage for ${Math.ceil(expiresIn / DAY)} days, and a SAS that an Entra ID identity ` +
          "signs holds 7 days at most: shorten the deadline, or connect to storage with the account's key.",
        { option: "deadline" },
      );
    }
    const wanted = signing.now() + expiresIn + CLOCK_TOLERANCE;
    const { key, expires } = await keyUntil(wanted);
    const values = sasValues(signing, scope, permissions, Math.min(wanted, expires));
    return signing.sdk.generateBlobSASQueryParameters(values, key, service.accountName).toString();
  };
}

/** Without a start time: it holds from the moment that it reaches the service, whatever the clocks say. */
function sasValues({ sdk, https }: Signing, scope: SasScope, permissions: SasPermissions, expires: number) {
  const letters = scope.blobName === undefined ? sdk.ContainerSASPermissions : sdk.BlobSASPermissions;
  return {
    version: VERSION,
    ...scope,
    permissions: letters.parse(permissions),
    expiresOn: new Date(expires),
    ...(https ? { protocol: sdk.SASProtocol.Https } : {}),
  };
}
