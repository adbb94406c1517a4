/*
 * Services quote parts of a request in their errors: a signature that does not match, a URL that cannot be read. Such a
 * text must not carry a secret into a message or a log.
 */

const secrets: readonly [RegExp, string][] = [
  // The signature of a SAS, also within a text that was encoded once more.
  [/((?:\b|%26|%3F)sig(?:=|%3D))[^&\s"'<>,;]+/gi, "$1***"],
  [/\b(SharedKey(?:Lite)?\s+[^:\s]+:)\S+/gi, "$1***"],
  [/\b(Bearer\s+)[\w\-.~+/]+=*/gi, "$1***"],
  [/\b(AccountKey=)[^;\s]+/gi, "$1***"],
  // An HMAC-SHA256 (43 characters and "=") and an account's key (86 and "==") stand out by their length.
  [/(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)(?!=)/g, "***"],
];

export function redact(text: string): string {
  return secrets.reduce((clean, [secret, replacement]) => clean.replace(secret, replacement), text);
}
