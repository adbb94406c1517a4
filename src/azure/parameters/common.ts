/** An environment variable of a task. */
export interface EnvironmentSetting {
  /** Its name, such as `"LANG"`. */
  readonly name: string;
  /** Its value; empty where it is left out. */
  readonly value?: string;
}

/** A managed identity of the pool. */
export interface IdentityReference {
  /** Its Azure resource id: `"/subscriptions/…/userAssignedIdentities/name"`. */
  readonly resourceId: string;
}

/** A header of an HTTP request. */
export interface HttpHeader {
  /** Its name, whatever the case. */
  readonly name: string;
  /** Its value. */
  readonly value?: string;
}

/**
 * A file, or several, that Batch downloads to a node before a task starts. Exactly one of `httpUrl`,
 * `storageContainerUrl` and `autoStorageContainerName` says where from.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/add#resourcefile
 * @example
 * ```ts
 * const table: ResourceFile = { httpUrl: "https://example.com/table.csv", filePath: "data/table.csv" };
 * ```
 */
export interface ResourceFile {
  /** The URL of one file, with a SAS where it is a private blob. */
  readonly httpUrl?: string;
  /** The URL of a container of Blob Storage, with a SAS that may read and list. */
  readonly storageContainerUrl?: string;
  /** The name of a container in the storage account that is linked to the Batch account. */
  readonly autoStorageContainerName?: string;
  /** Only blobs of the container whose names begin with this. */
  readonly blobPrefix?: string;
  /** Where to put it, relative to the working directory: a file for `httpUrl`, which needs it; else a directory. */
  readonly filePath?: string;
  /** Its permissions in octal digits, Linux only. Default: `"0770"`. */
  readonly fileMode?: string;
  /** The managed identity of the pool that reads it, instead of a SAS. */
  readonly identityReference?: IdentityReference;
}

/**
 * Files that Batch uploads from a node after a task.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/add#outputfile
 * @example
 * ```ts
 * const logs: OutputFileParameter = {
 *   filePattern: "../std*.txt",
 *   destination: { container: { containerUrl: process.env.LOGS_URL ?? "", path: "logs" } },
 *   uploadOptions: { uploadCondition: "taskcompletion" },
 * };
 * ```
 */
export interface OutputFileParameter {
  /** Which files, relative to the working directory: `*` and `?` within a folder, `**` over folders, `[abc]`. */
  readonly filePattern: string;
  /** Where they go. */
  readonly destination: {
    /** A container of Blob Storage. */
    readonly container: {
      /** Its URL, with a SAS that may write. */
      readonly containerUrl: string;
      /** The blob's name for a pattern without wildcards, else what the blobs' names begin with. */
      readonly path?: string;
      /** The managed identity of the pool that writes them, instead of a SAS. */
      readonly identityReference?: IdentityReference;
      /** Headers of the upload, such as `Content-Type`; only those that Blob Storage's Put Blob knows. */
      readonly uploadHeaders?: readonly HttpHeader[];
    };
  };
  /** When they go. */
  readonly uploadOptions: {
    /** After exit code 0, after another one, or after any. */
    readonly uploadCondition: "tasksuccess" | "taskfailure" | "taskcompletion";
  };
}

/** The user of a node that a task runs as: a named one of the pool's, or one that Batch makes. */
export interface UserIdentity {
  /** The name of one of the pool's user accounts. Excludes `autoUser`. */
  readonly username?: string;
  /** A user that Batch makes. Excludes `username`. */
  readonly autoUser?: {
    /** `"pool"` (default): one user for all tasks of the node; `"task"`: a new one for each task. */
    readonly scope?: "task" | "pool";
    /** Whether it may do what an administrator may. Default: `"nonadmin"`. */
    readonly elevationLevel?: "nonadmin" | "admin";
  };
}

/** Limits of a task. */
export interface TaskConstraints {
  /** How long a try may take, as an ISO 8601 duration such as `"PT1H"`. Default: no limit. */
  readonly maxWallClockTime?: string;
  /** How long the node keeps the task's directory, as an ISO 8601 duration. Default: `"P7D"`. */
  readonly retentionTime?: string;
  /** How often it is run again where its exit code is not 0; -1 for no limit. Default: the job's. */
  readonly maxTaskRetryCount?: number;
}

/** A name and a value for whoever looks at a pool or a job; Batch gives them no meaning. */
export interface MetadataItem {
  /** The name. */
  readonly name: string;
  /** The value. */
  readonly value: string;
}

/** A registry of container images, and who reads it: a user with a password, or a managed identity. */
export interface ContainerRegistry {
  /** Where it is. Default: `"docker.io"`. */
  readonly registryServer?: string;
  /** The user's name. Excludes `identityReference`. */
  readonly username?: string;
  /** The user's password; the service never gives it back. */
  readonly password?: string;
  /** The managed identity of the pool that reads it, instead of a user. */
  readonly identityReference?: IdentityReference;
}

/**
 * The container that a task runs in; the pool needs a container configuration.
 *
 * @see https://learn.microsoft.com/azure/batch/batch-docker-container-workloads
 * @example
 * ```ts
 * const settings: TaskContainerSettings = { imageName: "python:3.12", containerRunOptions: "--rm" };
 * ```
 */
export interface TaskContainerSettings {
  /** The image and its tag, as for `docker pull`; the latest without a tag. */
  readonly imageName: string;
  /** More options for the container's creation, as for `docker create`. */
  readonly containerRunOptions?: string;
  /** Where the image is; not needed where the pool has it already. */
  readonly registry?: ContainerRegistry;
  /** The directory that a command starts in: the task's (the default), or the image's own. */
  readonly workingDirectory?: "taskWorkingDirectory" | "containerImageDefault";
}

/** An application package of the Batch account, to be brought to nodes. */
export interface ApplicationPackageReference {
  /** The application's id; for a pool its full Azure resource id. */
  readonly applicationId: string;
  /** The package's version. Default: the application's own default, and an error where it has none. */
  readonly version?: string;
}
