import { createToken, EmbeddedActionsParser, type IToken, Lexer, type TokenType } from "chevrotain";
import { FilterError } from "./filter-error.js";

export type ComparisonOperator = "eq" | "ne" | "ge" | "gt" | "le" | "lt";

type FilterLiteral =
  | { readonly kind: "string"; readonly value: string; readonly position: number }
  | { readonly kind: "dateTime"; readonly text: string; readonly position: number }
  | { readonly kind: "boolean"; readonly value: boolean; readonly position: number }
  | { readonly kind: "integer"; readonly value: number; readonly position: number };

/** One condition on one property. */
export interface FilterCondition {
  readonly kind: "condition";
  readonly property: string;
  readonly operator: ComparisonOperator | "startswith";
  readonly literal: FilterLiteral;
  /** Where the property stands in the text, from 0. */
  readonly position: number;
}

export type FilterExpression =
  | FilterCondition
  | { readonly kind: "and" | "or"; readonly operands: readonly FilterExpression[] };

// Deeper than any client writes, and far from what the JavaScript stack bears.
const deepestNesting = 100;

const Property = createToken({
  name: "Property",
  label: "a property name",
  pattern: /[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*/,
});
const keyword = (name: string, pattern: RegExp, label: string): TokenType =>
  createToken({ name, pattern, label, longer_alt: Property });

const WhiteSpace = createToken({ name: "WhiteSpace", pattern: /\s+/, group: Lexer.SKIPPED });
const DateTimeLiteral = createToken({
  name: "DateTimeLiteral",
  label: "a date-time",
  pattern: /datetime'[^']*'/i,
});
const StringLiteral = createToken({
  name: "StringLiteral",
  label: "a string in single quotes",
  pattern: /'(?:[^']|'')*'/,
});
const IntegerLiteral = createToken({
  name: "IntegerLiteral",
  label: "an integer",
  pattern: /-?\d+(?![\w.])/,
});
const BooleanLiteral = keyword("BooleanLiteral", /true|false/, "a boolean");
const And = keyword("And", /and/, "'and'");
const Or = keyword("Or", /or/, "'or'");
const Operator = keyword("Operator", /eq|ne|ge|gt|le|lt/, "an operator (eq, ne, ge, gt, le, lt)");
const StartsWith = keyword("StartsWith", /startswith/, "'startswith'");
const Open = createToken({ name: "Open", pattern: "(", label: "'('" });
const Close = createToken({ name: "Close", pattern: ")", label: "')'" });
const Comma = createToken({ name: "Comma", pattern: ",", label: "','" });

const tokens = [
  WhiteSpace,
  DateTimeLiteral,
  StringLiteral,
  IntegerLiteral,
  BooleanLiteral,
  And,
  Or,
  Operator,
  StartsWith,
  Property,
  Open,
  Close,
  Comma,
];

class FilterParser extends EmbeddedActionsParser {
  constructor() {
    super(tokens, { skipValidations: true });
    this.performSelfAnalysis();
  }

  public readonly filter = this.RULE("filter", (): FilterExpression => {
    const operands = [this.SUBRULE(this.conjunction)];
    this.MANY(() => {
      this.CONSUME(Or);
      operands.push(this.SUBRULE1(this.conjunction));
    });
    return operands.length === 1 ? operands[0]! : { kind: "or", operands };
  });

  private readonly conjunction = this.RULE("conjunction", (): FilterExpression => {
    const operands = [this.SUBRULE(this.operand)];
    this.MANY(() => {
      this.CONSUME(And);
      operands.push(this.SUBRULE1(this.operand));
    });
    return operands.length === 1 ? operands[0]! : { kind: "and", operands };
  });

  private readonly operand = this.RULE(
    "operand",
    (): FilterExpression =>
      this.OR([
        { ALT: () => this.SUBRULE(this.group) },
        { ALT: () => this.SUBRULE(this.startsWith) },
        { ALT: () => this.SUBRULE(this.comparison) },
      ]),
  );

  private readonly group = this.RULE("group", (): FilterExpression => {
    this.CONSUME(Open);
    const inner = this.SUBRULE(this.filter);
    this.CONSUME(Close);
    return inner;
  });

  private readonly startsWith = this.RULE("startsWith", (): FilterCondition => {
    this.CONSUME(StartsWith);
    this.CONSUME(Open);
    const property = this.CONSUME(Property);
    this.CONSUME(Comma);
    const literal = stringLiteral(this.CONSUME(StringLiteral));
    this.CONSUME(Close);
    return condition(property, "startswith", literal);
  });

  private readonly comparison = this.RULE("comparison", (): FilterCondition => {
    const property = this.CONSUME(Property);
    const operator = this.CONSUME(Operator).image as ComparisonOperator;
    return condition(property, operator, this.SUBRULE(this.literal));
  });

  private readonly literal = this.RULE(
    "literal",
    (): FilterLiteral =>
      this.OR([
        { ALT: () => dateTimeLiteral(this.CONSUME(DateTimeLiteral)) },
        { ALT: () => stringLiteral(this.CONSUME(StringLiteral)) },
        { ALT: () => booleanLiteral(this.CONSUME(BooleanLiteral)) },
        { ALT: () => integerLiteral(this.CONSUME(IntegerLiteral)) },
      ]),
  );
}

const condition = (
  property: IToken,
  operator: FilterCondition["operator"],
  literal: FilterLiteral,
): FilterCondition => ({
  kind: "condition",
  property: property.image,
  operator,
  literal,
  position: property.startOffset,
});

const stringLiteral = ({ image, startOffset }: IToken): FilterLiteral => ({
  kind: "string",
  value: image.slice(1, -1).replaceAll("''", "'"),
  position: startOffset,
});

const dateTimeLiteral = ({ image, startOffset }: IToken): FilterLiteral => ({
  kind: "dateTime",
  text: image.slice("datetime'".length, -1),
  position: startOffset,
});

const booleanLiteral = ({ image, startOffset }: IToken): FilterLiteral => ({
  kind: "boolean",
  value: image === "true",
  position: startOffset,
});

const integerLiteral = ({ image, startOffset }: IToken): FilterLiteral => ({
  kind: "integer",
  value: Number(image),
  position: startOffset,
});

// Made sooner without the checks of a grammar that does not change, and without what is gained with long texts alone.
const makeReader = () => ({
  lexer: new Lexer(tokens, { positionTracking: "onlyOffset", safeMode: true, skipValidations: true }),
  parser: new FilterParser(),
});
/** Made when the first filter comes: that takes longer than to read many. */
let reader: ReturnType<typeof makeReader> | undefined;

/** Reads the text of a `$filter`. Throws a {@link FilterError} where it is not a filter. */
export function readFilter(text: string): FilterExpression {
  reader ??= makeReader();
  const { lexer, parser } = reader;
  const lexed = lexer.tokenize(text);
  const stray = lexed.errors[0];
  if (stray) throw new FilterError(`unexpected character '${text.charAt(stray.offset)}'`, stray.offset);
  refuseDeepNesting(lexed.tokens);

  parser.input = lexed.tokens;
  const expression = parser.filter();
  const error = parser.errors[0];
  if (!error) return expression;

  const atEnd = Number.isNaN(error.token.startOffset);
  const found = atEnd ? "the end of the filter" : `'${error.token.image}'`;
  throw new FilterError(`unexpected ${found}`, atEnd ? text.length : error.token.startOffset);
}

function refuseDeepNesting(lexed: readonly IToken[]): void {
  let depth = 0;
  for (const token of lexed) {
    if (token.tokenType === Close) depth--;
    if (token.tokenType !== Open) continue;
    depth++;
    if (depth > deepestNesting) throw new FilterError("parentheses are nested too deeply", token.startOffset);
  }
}
