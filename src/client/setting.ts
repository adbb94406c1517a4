import { isLoopback } from "../azure/loopback.js";
import { ConfigurationError } from "../errors/index.js";

/** A value, and the name of the variable or option that it comes from. Messages have the name, never the value. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

export function invalid(setting: Setting, problem: string): ConfigurationError {
  return new ConfigurationError(`${setting.name} ${problem}`, {
    code: "InvalidConfiguration",
    settings: [setting.name],
  });
}

/** A service's URL without a slash at the end. */
export function readEndpoint(setting: Setting, { path }: { path: "none" | "any" | "emulator" }): string {
  const url = parseUrl(setting);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw invalid(setting, "must be a scheme and a host alone, without user, query or fragment.");
  }
  // The storage emulator on this computer has the account's name there.
  const mayHavePath = path === "any" || (path === "emulator" && isLoopback(setting.value));
  if (!mayHavePath && url.pathname !== "/") {
    throw invalid(setting, "must end with the host, without a path: it is the whole account's address.");
  }
  return `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, "");
}

function parseUrl(setting: Setting): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(setting.value);
  // Azure's portal shows some addresses without it. Whether a key goes out in the clear is not to be guessed.
  if (!hasScheme && URL.canParse(`https://${setting.value}`)) {
    const remedy = isLoopback(`https://${setting.value}`) ? "http:// or https://" : "https://";
    throw invalid(setting, `has no scheme: put ${remedy} before it.`);
  }
  if (!URL.canParse(setting.value) || !/^https?:/i.test(setting.value)) {
    throw invalid(setting, "is not a URL such as https://account.region.batch.azure.com.");
  }
  return new URL(setting.value);
}

/** An account's name: it becomes a part of headers and URLs. */
export function readName(setting: Setting): string {
  if (!/^[\w-]{1,64}$/.test(setting.value)) {
    throw invalid(
      setting,
      "is not the name of an account: letters and digits, without the rest of the host.",
    );
  }
  return setting.value;
}

export function readKey(setting: Setting): string {
  if (setting.value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(setting.value)) {
    throw invalid(setting, "is not Base64: copy one of the account's keys in full, up to the == at its end.");
  }
  return setting.value;
}
