import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type {
  BlobServiceClient,
  BlockBlobParallelUploadOptions,
  ContainerClient,
  RequestPolicyFactory,
  RestError,
} from "@azure/storage-blob";
import { ServiceError } from "../errors/index.js";
import type { StorageAccount } from "./account.js";
import { download } from "./blob-download.js";
import { takeLease } from "./blob-lease.js";
import { CREATION_ID, newCreationId } from "./creation-id.js";
import { isLoopback } from "./loopback.js";
import type { BlobItem, BlobPlace, ContainerItem, ContainerPort, StoragePort } from "./ports.js";
import { environmentProxy, type ProxyChoice } from "./proxy.js";
import { type RetryPolicy, usualRetries } from "./retry.js";
import { delegationSas, type SasSigner, sharedKeySas } from "./sas.js";
import { asking, storageError } from "./storage-error.js";
import { type StorageLibrary, storageLibrary } from "./storage-library.js";
import { repeatingRequests } from "./storage-requests.js";
import { storageCredential } from "./token-source.js";

export interface StoragePortOptions {
  readonly retries?: RetryPolicy;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly silence?: number;
  /** Default: what the environment says. */
  readonly proxy?: ProxyChoice;
}

/** How often a copy within the service is looked at, in milliseconds; small ones are done at once. */
const COPY_LOOK = 500;
/** How long the service may take to begin one, in milliseconds. */
const COPY_ACCESS = 60 * 60_000;
/** Beyond this, a blob travels in blocks, some at a time, each repeated for itself. */
const UPLOAD = { maxSingleShotSize: 32 * 2 ** 20, blockSize: 8 * 2 ** 20, concurrency: 4 };

/** The port to a storage account. The client library is loaded here; no request is made. */
export function createStoragePort(
  account: StorageAccount,
  { retries = usualRetries, silence, proxy = environmentProxy }: StoragePortOptions = {},
): StoragePort {
  const sdk = storageLibrary();
  const clock = serviceClock();
  const { service, sas } = openStorage(sdk, account, repeatingRequests(retries, proxy, silence), clock.now);
  return {
    local: isLoopback(account.url),
    signs: sas !== undefined,
    container: (name) => containerPort(name, service.getContainerClient(name), sas, clock),
    listContainers: ({ signal } = {}) =>
      translated(listedContainers(service, signal), "list the containers", signal),
  };
}

function openStorage(
  sdk: StorageLibrary,
  account: StorageAccount,
  retries: RequestPolicyFactory,
  now: () => number,
): { service: BlobServiceClient; sas: SasSigner | undefined } {
  const signing = { sdk, now, https: account.url.startsWith("https:") };
  if ("key" in account) {
    const credential = new sdk.StorageSharedKeyCredential(account.name, account.key);
    const service = new sdk.BlobServiceClient(account.url, newPipeline(sdk, credential, retries));
    return { service, sas: sharedKeySas(signing, credential) };
  }
  if ("sas" in account) {
    const service = new sdk.BlobServiceClient(
      `${account.url}?${account.sas}`,
      newPipeline(sdk, new sdk.AnonymousCredential(), retries),
    );
    return { service, sas: undefined };
  }
  const credential = storageCredential(account.credential);
  const service = new sdk.BlobServiceClient(account.url, newPipeline(sdk, credential, retries));
  return { service, sas: delegationSas(signing, service) };
}

function newPipeline(
  sdk: StorageLibrary,
  credential: Parameters<StorageLibrary["newPipeline"]>[0],
  retries: RequestPolicyFactory,
) {
  const pipeline = sdk.newPipeline(credential, {
    retryOptions: { maxTries: 1 },
    userAgentOptions: { userAgentPrefix: "azure-batch-parallel" },
  });
  pipeline.factories.push(retries);
  return pipeline;
}

interface ServiceClock {
  readonly now: () => number;
  readonly learn: (answer: { date?: Date }) => void;
}

/** The service's time by its last answer, as this computer's clock may be off. */
function serviceClock(): ServiceClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    learn: ({ date }) => {
      if (date !== undefined) ahead = date.getTime() - Date.now();
    },
  };
}

/** `name` is not asked of the client: that guesses it from the URL, and misreads an account's name in the path. */
function containerPort(
  name: string,
  container: ContainerClient,
  sas: SasSigner | undefined,
  clock: ServiceClock,
): ContainerPort {
  const { learn } = clock;
  const where = `container ${name}`;
  return {
    // A SAS that the client library keeps in its URLs stays there.
    url: withoutQuery(container.url),

    create: (metadata, { signal } = {}) =>
      asking(`create ${where}`, signal, async () => {
        const id = newCreationId();
        try {
          const made = await container.create({
            metadata: { ...metadata, [CREATION_ID]: id },
            abortSignal: signal,
          });
          learn(made);
          return made.date ?? new Date(clock.now());
        } catch (error) {
          const refusal = storageError(`create ${where}`, error, signal);
          if (!(refusal instanceof ServiceError && refusal.code === "ContainerAlreadyExists")) throw error;
          // The client library repeats a request whose answer was lost: then it is our own that exists.
          const found = await container.getProperties({ abortSignal: signal });
          if (found.metadata?.[CREATION_ID] !== id) throw error;
          learn(found);
          return found.date ?? new Date(clock.now());
        }
      }),

    delete: ({ signal } = {}) =>
      asking(`delete ${where}`, signal, async () => {
        await container.deleteIfExists({ abortSignal: signal });
      }),

    put: (blob, content, { signal } = {}) =>
      asking(`put blob ${blob} into ${where}`, signal, async () => {
        const bytes = typeof content === "string" ? Buffer.from(content) : content;
        learn(
          await container
            .getBlockBlobClient(blob)
            .uploadData(asBuffer(bytes), { ...UPLOAD, abortSignal: signal }),
        );
      }),

    putFile: async (blob, path, { signal } = {}) => {
      await stat(path); // A file that is not there is no failure of the service.
      await asking(`put file ${path} as blob ${blob} into ${where}`, signal, async () => {
        const options: BlockBlobParallelUploadOptions = { ...UPLOAD, abortSignal: signal };
        learn(await container.getBlockBlobClient(blob).uploadFile(path, options));
      });
    },

    copy: async (blob, from, { signal } = {}) => {
      const url = await sourceUrl(from);
      await asking(`copy to blob ${blob} of ${where}`, signal, async () => {
        const options = { abortSignal: signal, intervalInMs: COPY_LOOK };
        const copying = await container.getBlobClient(blob).beginCopyFromURL(url, options);
        const { copyStatus } = await copying.pollUntilDone();
        if (copyStatus === "success") return;
        throw new ServiceError(`Blob Storage ended the copy to ${blob} of ${where}: ${copyStatus}.`, {
          service: "storage",
          code: "CopyFailed",
          statusCode: 0,
          operation: `copy to blob ${blob} of ${where}`,
        });
      });
    },

    touch: async (blob, { signal } = {}) => {
      try {
        // A blob's time is that of its last change, also of its metadata.
        await asking(`touch blob ${blob} of ${where}`, signal, () =>
          container.getBlobClient(blob).setMetadata({}, { abortSignal: signal }),
        );
        return true;
      } catch (error) {
        if (error instanceof ServiceError && error.statusCode === 404) return false;
        throw error;
      }
    },

    get: async (blob, { offset, length, signal } = {}) => {
      try {
        return await asking(`get blob ${blob} of ${where}`, signal, async () =>
          buffer(await download(container.getBlobClient(blob), { offset, length, signal })),
        );
      } catch (error) {
        if (error instanceof ServiceError && error.code === "BlobNotFound") return undefined;
        throw error;
      }
    },

    stream: (blob, { signal } = {}) => {
      const operation = `get blob ${blob} of ${where}`;
      return asking(operation, signal, async () => {
        const content = await download(container.getBlobClient(blob), { signal });
        return Readable.from(translated(content, operation, signal), { objectMode: false });
      });
    },

    list: (prefix, { signal, metadata = false } = {}) =>
      translated(listed(container, prefix, metadata, signal), `list ${where} below "${prefix}"`, signal),

    lease: (blob, seconds, { signal } = {}) =>
      takeLease(container.getBlobClient(blob), `blob ${blob} of ${where}`, seconds, signal),

    isLeased: (blob, { signal } = {}) =>
      asking(`look at blob ${blob} of ${where}`, signal, async () => {
        try {
          const found = await container.getBlobClient(blob).getProperties({ abortSignal: signal });
          return found.leaseState === "leased" || found.leaseState === "breaking";
        } catch (error) {
          if ((error as Partial<RestError>).statusCode === 404) return false;
          throw error;
        }
      }),

    sasUrl: (permissions, expiresIn) =>
      asking(`get a key for a SAS of ${where}`, undefined, async () => {
        const query = await signed(sas, { containerName: name }, permissions, expiresIn);
        return `${container.url}?${query}`;
      }),

    blobUrl: (blob, expiresIn) =>
      asking(`get a key for a SAS of blob ${blob} of ${where}`, undefined, async () => {
        const query = await signed(sas, { containerName: name, blobName: blob }, "r", expiresIn);
        return `${container.getBlobClient(blob).url}?${query}`;
      }),

    deleteBlob: (blob, { signal } = {}) =>
      asking(`delete blob ${blob} of ${where}`, signal, async () => {
        await container.getBlobClient(blob).deleteIfExists({ abortSignal: signal });
      }),
  };
}

/**
 * What a copy reads. Azurite checks a signed source by reading all of it into a string, which takes long, and fails beyond
 * 512 MiB. It takes one of the same account without a SAS, on the word of the request that copies.
 */
async function sourceUrl({ container, blob }: BlobPlace): Promise<string> {
  return isLoopback(container.url) ? `${container.url}/${blob}` : container.blobUrl(blob, COPY_ACCESS);
}

function withoutQuery(url: string): string {
  return url.split("?")[0] as string;
}

/** The query of a SAS. Nobody asks storage for one that is reached by a SAS itself, and cannot sign. */
function signed(sas: SasSigner | undefined, ...what: Parameters<SasSigner>): Promise<string> {
  if (sas === undefined) throw new TypeError("storage that is reached by a SAS cannot sign another one");
  return sas(...what);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function* listed(
  container: ContainerClient,
  prefix: string,
  includeMetadata: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<BlobItem> {
  const query = { prefix, includeMetadata, abortSignal: signal };
  for await (const { name, properties, metadata } of container.listBlobsFlat(query)) {
    const { contentLength = 0, lastModified } = properties;
    const item = { name, size: contentLength, lastModified };
    yield metadata === undefined ? item : { ...item, metadata };
  }
}

async function* listedContainers(
  service: BlobServiceClient,
  signal: AbortSignal | undefined,
): AsyncGenerator<ContainerItem> {
  const listing = service.listContainers({ includeMetadata: true, abortSignal: signal });
  for await (const { name, metadata = {}, properties } of listing) {
    yield { name, metadata, lastModified: properties.lastModified };
  }
}

/** As {@link asking}, for what comes piece by piece. */
async function* translated<T>(
  source: AsyncIterable<T>,
  operation: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  try {
    signal?.throwIfAborted();
    yield* source;
  } catch (error) {
    throw storageError(operation, error, signal);
  }
}
