import { isIP } from "node:net";

/** The emulator was asked to listen where other machines could reach it. */
export class LoopbackOnlyError extends Error {
  /** The name of the class. */
  override readonly name = "LoopbackOnlyError";
  /** The same for all of them. */
  readonly code = "ERR_EMULATOR_NOT_LOOPBACK";

  constructor(
    /** The address that was asked for. */
    readonly host: string,
  ) {
    super(
      `The emulator does not listen on "${host}": whoever reaches it with the account key runs programs as you, so it ` +
        "binds to loopback only. Use 127.0.0.1, ::1 or localhost, and a tunnel (ssh -L) to reach it from elsewhere.",
    );
  }
}

/** Refuses every host that is not this machine's loopback. */
export function requireLoopback(host: string): void {
  const loopback = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  if (!loopback) throw new LoopbackOnlyError(host);
}
