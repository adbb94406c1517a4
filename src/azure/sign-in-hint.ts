/** The services refuse a request whose date is further off than this, in milliseconds. */
export const CLOCK_TOLERANCE = 15 * 60_000;

/** What to look at after a refused signature or token, as an end of the message; nothing after any other answer. */
export function signInHint(status: number, dateHeader: string | undefined): string {
  if (status === 407) return ". The proxy wants a user and a password: give them with the option proxy.";
  if (status !== 401 && status !== 403) return "";
  const ahead = Date.now() - Date.parse(dateHeader ?? "");
  if (Math.abs(ahead) < CLOCK_TOLERANCE || Number.isNaN(ahead)) {
    return ". Check the account's name and key, or the roles of the identity that signed in.";
  }
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  return `. This computer's clock is ${minutes} minutes ${ahead > 0 ? "ahead of" : "behind"} the service's: set it.`;
}
