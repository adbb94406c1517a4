import type { SignedClient } from "../../emulator/support/signed-client.js";

/** What the service takes and never gives, as it is secret. */
const WRITE_ONLY = /(^|\.)(password|sshPrivateKey|accountKey|sasKey|protectedSettings)(\.|$)/;

/** Where the service gives a value in other letters than it was sent: `spread` as `Spread`, sizes in lower case. */
const ANY_CASE = /(^|\.)(vmSize|nodeFillType|uploadCondition)$/;

/** For whom tokens are. */
export const AUDIENCE = "https://batch.core.windows.net/";

/** The service takes a subnet of those alone who have a token of Microsoft Entra ID. */
const TOKEN = ["{}", JSON.stringify({ aud: AUDIENCE, exp: 4_000_000_000 }), "unsigned"]
  .map((part) => Buffer.from(part).toString("base64url"))
  .join(".");

/** Creates what a parameter describes, and gives what of it does not read back as it was sent. */
export async function differencesReadBack(
  client: SignedClient,
  folder: string,
  parameter: { readonly id: string },
): Promise<string[]> {
  const added = await client.send("POST", folder, { body: parameter, token: TOKEN });
  if (added.status !== 201) return [`${added.status}: ${added.text}`];
  const { json } = await client.get(`${folder}/${parameter.id}`);
  return differences(parameter, json, "");
}

function differences(sent: unknown, read: unknown, path: string): string[] {
  if (WRITE_ONLY.test(path)) return read === undefined ? [] : [`${path} is secret, and was given`];
  if (Array.isArray(sent)) {
    if (!Array.isArray(read) || read.length !== sent.length)
      return [`${path}: sent ${sent.length} items, read ${show(read)}`];
    return sent.flatMap((item, index) => differences(item, read[index], `${path}[${index}]`));
  }
  if (typeof sent === "object" && sent !== null) {
    const inner = (read ?? {}) as Record<string, unknown>;
    return Object.entries(sent).flatMap(([name, value]) =>
      differences(value, inner[name], path === "" ? name : `${path}.${name}`),
    );
  }
  const normal = (value: unknown) => (ANY_CASE.test(path) ? String(value).toLowerCase() : value);
  return normal(sent) === normal(read) ? [] : [`${path}: sent ${show(sent)}, read ${show(read)}`];
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}

/** Whether the service gives a property back at all. */
export function isWriteOnly(path: string): boolean {
  return WRITE_ONLY.test(path);
}
