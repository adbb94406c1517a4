import { download } from "./http.js";

/** So many redirections are followed. */
const REDIRECTIONS = 5;

/** Downloads a file of the web. The words of a failure do not have the URL's query, which may be a secret. */
export async function downloadUrl(url: URL, file: string): Promise<void> {
  let from = url;
  for (let followed = 0; followed <= REDIRECTIONS; followed++) {
    const { status, location } = await download({ method: "GET", url: from }, file).catch(
      (cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${shown(from)} gave no answer: ${reason}`);
      },
    );
    if (status === 200) return;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
      throw new Error(`${shown(from)} answered ${status}`);
    }
    from = new URL(location, from);
    if (from.protocol !== "https:" && from.protocol !== "http:")
      throw new Error(`${shown(url)} leads to ${from.protocol}`);
  }
  throw new Error(`${shown(url)} leads from one place to the next`);
}

function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
