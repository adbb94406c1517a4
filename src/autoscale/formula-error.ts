/** Where something stands in a formula; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Why a formula cannot be read or evaluated. */
export class FormulaError extends Error {
  override readonly name = "FormulaError";

  constructor(
    readonly kind: "syntax" | "evaluation" | "insufficientSamples",
    readonly place: Place,
    readonly reason: string,
  ) {
    super(`Line ${place.line}, Col ${place.column}: ${reason}`);
  }
}
