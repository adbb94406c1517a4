import { createToken, EmbeddedActionsParser, type IToken, Lexer, tokenMatcher } from "chevrotain";
import { FormulaError, type Place } from "./formula-error.js";
import type { BinaryOperator, Expression, Statement, UnaryOperator } from "./syntax.js";

// Deeper than any formula needs, and far from what the JavaScript stack bears.
const deepestNesting = 100;

/** Operators from the loosest to the tightest, as in C; the service does not document its own order. */
const precedence: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/"],
];

const WhiteSpace = createToken({ name: "WhiteSpace", pattern: /\s+/, group: Lexer.SKIPPED });
const Comment = createToken({ name: "Comment", pattern: /\/\/[^\n\r]*/, group: Lexer.SKIPPED });
const NumberLiteral = createToken({
  name: "NumberLiteral",
  pattern: /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w)/,
});
const StringLiteral = createToken({ name: "StringLiteral", pattern: /"[^"\n\r]*"/ });
const Name = createToken({ name: "Name", pattern: /\$?[A-Za-z_]\w*/ });
const Minus = createToken({ name: "Minus", pattern: "-" });
const Not = createToken({ name: "Not", pattern: /!(?!=)/ });
const Operator = createToken({ name: "Operator", pattern: /\|\||&&|==|!=|<=|>=|<|>|\+|\*|\// });
const Assign = createToken({ name: "Assign", pattern: /=(?!=)/ });
const Question = createToken({ name: "Question", pattern: "?" });
const Colon = createToken({ name: "Colon", pattern: ":" });
const Open = createToken({ name: "Open", pattern: "(" });
const Close = createToken({ name: "Close", pattern: ")" });
const OpenVector = createToken({ name: "OpenVector", pattern: "[" });
const CloseVector = createToken({ name: "CloseVector", pattern: "]" });
const Comma = createToken({ name: "Comma", pattern: "," });
const Dot = createToken({ name: "Dot", pattern: "." });
const Semicolon = createToken({ name: "Semicolon", pattern: ";" });

const tokens = [
  WhiteSpace,
  Comment,
  NumberLiteral,
  StringLiteral,
  Name,
  Assign,
  Operator,
  Not,
  Minus,
  Question,
  Colon,
  Open,
  Close,
  OpenVector,
  CloseVector,
  Comma,
  Dot,
  Semicolon,
];

class FormulaParser extends EmbeddedActionsParser {
  private depth = 0;

  constructor() {
    super(tokens);
    this.performSelfAnalysis();
  }

  override reset(): void {
    super.reset();
    this.depth = 0;
  }

  public readonly formula = this.RULE("formula", (): Statement[] => {
    const statements: Statement[] = [];
    this.MANY_SEP({
      SEP: Semicolon,
      DEF: () => {
        this.OPTION(() => {
          const statement = this.SUBRULE(this.statement);
          this.ACTION(() => statements.push(statement));
        });
      },
    });
    return statements;
  });

  private readonly statement = this.RULE("statement", (): Statement => {
    const start = this.LA(1);
    const name = this.OPTION({
      GATE: () => tokenMatcher(this.LA(2), Assign),
      DEF: () => {
        const { image } = this.CONSUME(Name);
        this.CONSUME(Assign);
        return image;
      },
    });
    const first = this.LA(1);
    const value = this.SUBRULE(this.expression);
    const end = (this.LA(0).endOffset ?? 0) + 1;
    return { name, value, place: placeOf(start), valueRange: [first.startOffset, end] };
  });

  private readonly expression = this.RULE("expression", (): Expression => {
    const place = placeOf(this.LA(1));
    this.ACTION(() => {
      this.depth++;
      if (this.depth > deepestNesting) throw new FormulaError("syntax", place, "nested too deeply");
    });
    const cases: { condition: Expression; value: Expression }[] = [];
    let last = this.SUBRULE(this.operation);
    this.MANY(() => {
      this.CONSUME(Question);
      const value = this.SUBRULE(this.expression);
      this.CONSUME(Colon);
      const condition = last;
      this.ACTION(() => cases.push({ condition, value }));
      last = this.SUBRULE1(this.operation);
    });
    this.ACTION(() => this.depth--);
    return cases.length === 0 ? last : { kind: "conditional", cases, otherwise: last, place };
  });

  private readonly operation = this.RULE("operation", (): Expression => {
    const operands = [this.SUBRULE(this.operand)];
    const operators: BinaryOperator[] = [];
    this.MANY(() => {
      const token = this.OR([{ ALT: () => this.CONSUME(Operator) }, { ALT: () => this.CONSUME(Minus) }]);
      const operand = this.SUBRULE1(this.operand);
      this.ACTION(() => {
        operators.push(token.image as BinaryOperator);
        operands.push(operand);
      });
    });
    return this.ACTION(() => byPrecedence(operands, operators, 0));
  });

  private readonly operand = this.RULE("operand", (): Expression => {
    const place = placeOf(this.LA(1));
    const operators: UnaryOperator[] = [];
    this.MANY(() => {
      const token = this.OR([{ ALT: () => this.CONSUME(Minus) }, { ALT: () => this.CONSUME(Not) }]);
      this.ACTION(() => operators.push(token.image as UnaryOperator));
    });
    const operand = this.SUBRULE(this.access);
    return operators.length === 0 ? operand : { kind: "unary", operators, operand, place };
  });

  private readonly access = this.RULE("access", (): Expression => {
    const place = placeOf(this.LA(1));
    const target = this.SUBRULE(this.primary);
    const member = this.OPTION(() => {
      this.CONSUME(Dot);
      const { image } = this.CONSUME(Name);
      // The service places the errors of a method where its arguments begin.
      const argsPlace = placeOf(this.LA(1));
      const args = this.OPTION1(() => this.SUBRULE(this.args));
      return { name: image, args, argsPlace };
    });
    if (!member) return target;
    const { name, args, argsPlace } = member;
    return args
      ? { kind: "method", target, name, args, place: argsPlace }
      : { kind: "member", target, name, place };
  });

  private readonly primary = this.RULE("primary", (): Expression => {
    const place = placeOf(this.LA(1));
    return this.OR<Expression>([
      { ALT: () => ({ kind: "number", value: Number(this.CONSUME(NumberLiteral).image), place }) },
      { ALT: () => ({ kind: "string", value: this.CONSUME(StringLiteral).image.slice(1, -1), place }) },
      {
        ALT: () => {
          const { image } = this.CONSUME(Name);
          const args = this.OPTION(() => this.SUBRULE(this.args));
          return args ? { kind: "call", name: image, args, place } : { kind: "name", name: image, place };
        },
      },
      {
        ALT: () => {
          this.CONSUME(Open);
          const inner = this.SUBRULE(this.expression);
          this.CONSUME(Close);
          return inner;
        },
      },
      {
        ALT: () => {
          this.CONSUME(OpenVector);
          const args = this.SUBRULE(this.list);
          this.CONSUME(CloseVector);
          return { kind: "call", name: "vec", args, place };
        },
      },
    ]);
  });

  private readonly args = this.RULE("args", (): Expression[] => {
    this.CONSUME(Open);
    const args = this.SUBRULE(this.list);
    this.CONSUME(Close);
    return args;
  });

  private readonly list = this.RULE("list", (): Expression[] => {
    const items: Expression[] = [];
    this.MANY_SEP({
      SEP: Comma,
      DEF: () => {
        const item = this.SUBRULE(this.expression);
        this.ACTION(() => items.push(item));
      },
    });
    return items;
  });
}

/** Groups a flat list of operands and operators from the loosest operators to the tightest. */
function byPrecedence(
  operands: readonly Expression[],
  operators: readonly BinaryOperator[],
  level: number,
): Expression {
  if (operators.length === 0) return operands[0]!;

  const looser = precedence[level]!;
  const parts: Expression[] = [];
  const between: BinaryOperator[] = [];
  let start = 0;
  for (const [index, operator] of operators.entries()) {
    if (!looser.includes(operator)) continue;
    parts.push(byPrecedence(operands.slice(start, index + 1), operators.slice(start, index), level + 1));
    between.push(operator);
    start = index + 1;
  }
  const last = byPrecedence(operands.slice(start), operators.slice(start), level + 1);
  if (parts.length === 0) return last;

  const [first, ...rest] = [...parts, last];
  return {
    kind: "chain",
    first: first!,
    rest: rest.map((operand, index) => ({ operator: between[index]!, operand })),
    place: first!.place,
  };
}

const placeOf = (token: IToken): Place => ({ line: token.startLine ?? 1, column: token.startColumn ?? 1 });

const makeReader = () => ({ lexer: new Lexer(tokens), parser: new FormulaParser() });
/** Made when the first formula comes: that takes longer than to read many. */
let reader: ReturnType<typeof makeReader> | undefined;

/** Reads a formula. Throws a {@link FormulaError} of kind `syntax` where it is none. */
export function readFormula(text: string): readonly Statement[] {
  reader ??= makeReader();
  const { lexer, parser } = reader;
  const lexed = lexer.tokenize(text);
  const stray = lexed.errors[0];
  if (stray) {
    const place = { line: stray.line ?? 1, column: stray.column ?? 1 };
    throw new FormulaError("syntax", place, `unexpected character '${text.charAt(stray.offset)}'`);
  }

  parser.input = lexed.tokens;
  const statements = parser.formula();
  const error = parser.errors[0];
  if (!error) return statements;

  const last = lexed.tokens.at(-1);
  const atEnd = Number.isNaN(error.token.startOffset);
  if (!atEnd) throw new FormulaError("syntax", placeOf(error.token), `unexpected '${error.token.image}'`);
  const end = last ? { line: last.endLine ?? 1, column: (last.endColumn ?? 0) + 1 } : { line: 1, column: 1 };
  throw new FormulaError("syntax", end, "unexpected end of the formula");
}
