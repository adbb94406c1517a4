const lostOnTheWay = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
]);

/** A host that never answered is more likely misspelt than away, and waiting would only hide that. */
const perhapsMisspelt = new Set(["ENOTFOUND", "ECONNREFUSED"]);

/** Whether another attempt may bring an answer, after a failure with this code; `answeredBefore` is the host's past. */
export function isRepeatableFailure(code: string, answeredBefore: boolean): boolean {
  return lostOnTheWay.has(code) || (answeredBefore && perhapsMisspelt.has(code));
}

/** The answers that another attempt may change. */
export function isRepeatableStatus(status: number): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}
