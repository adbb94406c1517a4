/**
 * An application whose packages nodes and tasks can be given.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/application/list
 */
export interface BatchApplication {
  /** Its id, which `applicationPackageReferences` name. */
  readonly id: string;
  /** A name for people. */
  readonly displayName?: string;
  /** The versions that there are packages of. */
  readonly versions: readonly string[];
}
