/** A value that cannot travel: where in it the offending part is, and what that part is. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  /** `.rows[3].stream`; empty for the value itself. */
  readonly path: string;
  /** What cannot travel there: `a function`. */
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`${path === "" ? "The value" : `The value's ${path}`} cannot travel: it is ${reason}.`);
    this.path = path;
    this.reason = reason;
  }
}
