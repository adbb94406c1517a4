import type { Place } from "./formula-error.js";

export type UnaryOperator = "-" | "!";
export type BinaryOperator = "+" | "-" | "*" | "/" | "<" | "<=" | "==" | ">=" | ">" | "!=" | "&&" | "||";

/** An expression. Chains of operators and signs are flat lists, so that a long formula needs no deep recursion. */
export type Expression =
  | { readonly kind: "number"; readonly value: number; readonly place: Place }
  | { readonly kind: "string"; readonly value: string; readonly place: Place }
  | { readonly kind: "name"; readonly name: string; readonly place: Place }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Expression[];
      readonly place: Place;
    }
  | {
      readonly kind: "method";
      readonly target: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
      readonly place: Place;
    }
  | { readonly kind: "member"; readonly target: Expression; readonly name: string; readonly place: Place }
  | {
      readonly kind: "unary";
      /** From the outermost to the innermost. */
      readonly operators: readonly UnaryOperator[];
      readonly operand: Expression;
      readonly place: Place;
    }
  | {
      /** Operators of one precedence, applied from the left. */
      readonly kind: "chain";
      readonly first: Expression;
      readonly rest: readonly { readonly operator: BinaryOperator; readonly operand: Expression }[];
      readonly place: Place;
    }
  | {
      /** `condition ? value : condition ? value : otherwise`. */
      readonly kind: "conditional";
      readonly cases: readonly { readonly condition: Expression; readonly value: Expression }[];
      readonly otherwise: Expression;
      readonly place: Place;
    };

/** `name = value`, or an expression that is only evaluated: `stop()`, or a `GetSample` that has to find its samples. */
export interface Statement {
  readonly name: string | undefined;
  readonly value: Expression;
  readonly place: Place;
  /** Where its value is in the text, as offsets: that of its first character, and that after its last. */
  readonly valueRange: readonly [start: number, end: number];
}
