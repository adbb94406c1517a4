/**
 * A file or a folder of a task or a node.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/file/listfromtask
 */
export interface BatchFile {
  /** Its path below the task's or the node's directory: `"wd/out.txt"`. */
  readonly name: string;
  /** Where it is in the REST API. */
  readonly url: string;
  /** Whether it is a folder. */
  readonly isDirectory: boolean;
  /** Of a file; absent for a folder. */
  readonly properties?: {
    /** When it was made, ISO 8601. */
    readonly creationTime?: string;
    /** When it was written last. */
    readonly lastModified: string;
    /** Its size in bytes. */
    readonly contentLength: number;
    /** What it holds, by its name. */
    readonly contentType?: string;
    /** Its permissions, `"0o100644"`; Linux only. */
    readonly fileMode?: string;
  };
}
