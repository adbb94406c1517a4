import type { NodePlace } from "../../azure/operations/nodes.js";
import type { CallOptions } from "../../azure/ports.js";
import type {
  BatchFile,
  BatchNode,
  NodeLogsUpload,
  NodeLogsUploaded,
  NodeUser,
  RemoteLoginSettings,
} from "../../azure/resources/index.js";
import type { NodeDeallocationOption } from "../../builders/autoscale.js";
import type { Client } from "../client.js";
import {
  downloadFile,
  downloadFolder,
  type ListFilesOptions,
  listFiles,
  readTail,
  readText,
} from "./files.js";
import { missing } from "./missing.js";

/** What becomes of the tasks on a node that restarts or takes no more of them. */
export interface NodeActionOptions extends CallOptions {
  /** `"requeue"` (default): they run again elsewhere; `"terminate"`: they end; the others wait for them. */
  readonly tasks?: NodeDeallocationOption;
}

/**
 * A compute node of a pool, by its id: what can be asked of it, and done with it. Made by `pool.node(id)`, without a request.
 *
 * Paths of files are below the node's root directory: `startup/stdout.txt`, `workitems/…`.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * const render = batch.pool("render");
 * for await (const { id, state } of render.nodes({ select: ["id", "state"] })) {
 *   if (state === "starttaskfailed") console.error(await render.node(id).read("startup/stderr.txt"));
 * }
 * ```
 */
export class ComputeNode {
  /** The node's id. */
  readonly id: string;
  /** The id of its pool. */
  readonly poolId: string;
  readonly #client: Client;

  /** @internal */
  constructor(client: Client, poolId: string, id: string) {
    this.#client = client;
    this.poolId = poolId;
    this.id = id;
  }

  get #place(): NodePlace {
    return { poolId: this.poolId, nodeId: this.id };
  }

  async #batch() {
    return (await this.#client.connection()).batch;
  }

  /**
   * All that the service tells of it.
   *
   * @throws ServiceError `NodeNotFound` or `PoolNotFound` where there is none
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/get
   * @example
   * ```ts
   * await using batch = connect();
   * const { state, ipAddress } = await batch.pool("render").node("tvmps_1_d").get();
   * ```
   */
  async get(options: CallOptions = {}): Promise<BatchNode> {
    const node = await (await this.#batch()).nodes.get(this.#place, options);
    if (node === undefined) throw missing("node", `${this.id} of pool ${this.poolId}`);
    return node;
  }

  /**
   * Restarts it. Fine with a node that does so.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/reboot
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").reboot({ tasks: "taskcompletion" });
   * ```
   */
  async reboot({ tasks, ...options }: NodeActionOptions = {}): Promise<void> {
    await (await this.#batch()).nodes.reboot(this.#place, tasks, options);
  }

  /**
   * Installs its operating system anew. Fine with a node that does so. The service does it only for pools of the retired Cloud
   * Services: of others, remove the node, and the pool gets a new one.
   *
   * @throws ServiceError `OperationNotValidOnNode` for a node of a virtual machine configuration
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/reimage
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").reimage();
   * ```
   */
  async reimage({ tasks, ...options }: NodeActionOptions = {}): Promise<void> {
    await (await this.#batch()).nodes.reimage(this.#place, tasks, options);
  }

  /**
   * Gives it no new tasks. Fine with a node that gets none.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/disablescheduling
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").disableScheduling({ tasks: "taskcompletion" });
   * ```
   */
  async disableScheduling({
    tasks,
    ...options
  }: CallOptions & { readonly tasks?: "requeue" | "terminate" | "taskcompletion" } = {}): Promise<void> {
    await (await this.#batch()).nodes.disableScheduling(this.#place, tasks, options);
  }

  /**
   * Gives it tasks again. Fine with a node that gets some.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/enablescheduling
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").enableScheduling();
   * ```
   */
  async enableScheduling(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).nodes.enableScheduling(this.#place, options);
  }

  /**
   * One of its files as text (UTF-8).
   *
   * @throws FileError where there is none
   * @see https://learn.microsoft.com/rest/api/batchservice/file/getfromcomputenode
   * @example
   * ```ts
   * await using batch = connect();
   * console.log(await batch.pool("render").node("tvmps_1_d").read("startup/stdout.txt"));
   * ```
   */
  async read(path: string, options: CallOptions = {}): Promise<string> {
    return readText(await this.#batch(), this.#place, path, options);
  }

  /**
   * The end of one of its files as text: at most so many bytes, whole characters.
   *
   * @throws FileError where there is none
   * @example
   * ```ts
   * await using batch = connect();
   * console.log(await batch.pool("render").node("tvmps_1_d").tail("startup/stderr.txt", 4096));
   * ```
   */
  async tail(path: string, bytes: number, options: CallOptions = {}): Promise<string> {
    return readTail(await this.#batch(), this.#place, path, bytes, options);
  }

  /**
   * Its files and folders.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/file/listfromcomputenode
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { name } of batch.pool("render").node("tvmps_1_d").files({ prefix: "startup" })) console.log(name);
   * ```
   */
  async *files(options: ListFilesOptions = {}): AsyncGenerator<BatchFile, void, undefined> {
    yield* listFiles(await this.#batch(), this.#place, options);
  }

  /**
   * Stores one of its files here, of any size. The file has its final name only once all of it is there.
   *
   * @throws FileError where there is none
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").download("startup/stdout.txt", "logs/startup.txt");
   * ```
   */
  async download(path: string, to: string, options: CallOptions = {}): Promise<void> {
    await downloadFile(await this.#batch(), this.#place, path, to, options);
  }

  /**
   * Stores all files of one of its folders here, and gives their paths here; as {@link Task.downloadFolder} does.
   *
   * @throws FileError where there is no such folder, or a file's name would lead out of `to`
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").downloadFolder("startup", "logs/startup");
   * ```
   */
  async downloadFolder(folder: string, to: string, options: CallOptions = {}): Promise<string[]> {
    return downloadFolder(await this.#batch(), this.#place, folder, to, options);
  }

  /**
   * Deletes one of its files, or a folder with all that is in it. Fine with a file that is gone.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/file/deletefromcomputenode
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").deleteFile("shared/cache");
   * ```
   */
  async deleteFile(path: string, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).files.delete(this.#place, path, true, options);
  }

  /**
   * Has it upload the logs of Batch's own program on it to a container of Blob Storage, for a support case. It answers before
   * they are there.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/uploadbatchservicelogs
   * @example
   * ```ts
   * await using batch = connect();
   * const { virtualDirectoryName } = await batch.pool("render").node("tvmps_1_d").uploadLogs({
   *   containerUrl: process.env.LOGS_URL ?? "", // with a SAS that may write
   *   startTime: new Date(Date.now() - 3_600_000).toISOString(),
   * });
   * ```
   */
  async uploadLogs(upload: NodeLogsUpload, options: CallOptions = {}): Promise<NodeLogsUploaded> {
    return (await this.#batch()).nodes.uploadLogs(this.#place, upload, options);
  }

  /**
   * Where to sign in to it: its address and port for SSH or Remote Desktop.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/getremoteloginsettings
   * @example
   * ```ts
   * await using batch = connect();
   * const { remoteLoginIPAddress, remoteLoginPort } = await batch.pool("render").node("tvmps_1_d").remoteLoginSettings();
   * console.log(`ssh -p ${remoteLoginPort} me@${remoteLoginIPAddress}`);
   * ```
   */
  async remoteLoginSettings(options: CallOptions = {}): Promise<RemoteLoginSettings> {
    return (await this.#batch()).nodes.remoteLoginSettings(this.#place, options);
  }

  /**
   * Adds somebody who may sign in to it.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/adduser
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").addUser({ name: "me", sshPublicKey: process.env.PUBLIC_KEY ?? "" });
   * ```
   */
  async addUser(user: NodeUser, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).nodes.addUser(this.#place, user, options);
  }

  /**
   * Changes how, and how long, somebody may sign in to it; what is left out goes back to its default.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/updateuser
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").updateUser("me", { sshPublicKey: process.env.PUBLIC_KEY ?? "" });
   * ```
   */
  async updateUser(
    name: string,
    user: Omit<NodeUser, "name" | "isAdmin">,
    options: CallOptions = {},
  ): Promise<void> {
    await (await this.#batch()).nodes.updateUser(this.#place, name, user, options);
  }

  /**
   * Lets somebody sign in to it no more. Fine with somebody it does not know.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/deleteuser
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").node("tvmps_1_d").deleteUser("me");
   * ```
   */
  async deleteUser(name: string, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).nodes.deleteUser(this.#place, name, options);
  }
}
