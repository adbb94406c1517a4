import type { TokenCredential } from "./credential.js";

/** For whom a credential's token is, where that is not who it was asked for; undefined where it is, or nobody can tell. */
export async function wrongAudience(credential: TokenCredential, scope: string): Promise<string | undefined> {
  const token = await credential.getToken(scope).catch(() => undefined);
  const audience = audienceOf(token?.token ?? "");
  const wanted = scope.replace(/\/\.default$/, "");
  return audience === undefined || withoutSlash(audience) === withoutSlash(wanted) ? undefined : audience;
}

/** A token is opaque to its client: this is for telling a person what is wrong, and decides nothing. */
function audienceOf(token: string): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as {
      aud?: unknown;
    };
    return typeof claims.aud === "string" ? claims.aud : undefined;
  } catch {
    return undefined;
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
