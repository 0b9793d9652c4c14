/** Conditions of a statement, operator by operator, with the rules for keys that are absent or have several values. */
import type { Condition } from "./policy.ts";
import { type Context, type ContextValue, matches, resolve, type Token } from "./pattern.ts";

/** Whether one value of the request is what one value of the policy says. Null: a variable of the policy has no value. */
type Comparison = (said: string, wanted: string, context: Context) => boolean | null;

type Operator = {
  readonly compare: Comparison;
  /** The names with `Not`: true when none of the policy's values is met, and when the key is absent. */
  readonly isNegated: boolean;
};

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...bothWays("StringEquals", "StringNotEquals", (said, wanted, context) => compareText(said, wanted, context, false)),
  ...bothWays("StringLike", "StringNotLike", (said, wanted, context) => compareText(said, wanted, context, true)),
  ...bothWays("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", (said, wanted, context) => {
    const tokens = resolve(wanted, context, false);
    return tokens && matches(tokens.map(lowerCased), said.toLowerCase());
  }),
  // IAM treats the two as the same.
  ...bothWays("ArnLike", "ArnNotLike", compareArns),
  ...bothWays("ArnEquals", "ArnNotEquals", compareArns),
  ...bothWays(
    "NumericEquals",
    "NumericNotEquals",
    numeric((said, wanted) => said === wanted),
  ),
  ["NumericLessThan", { compare: numeric((said, wanted) => said < wanted), isNegated: false }],
  ["NumericLessThanEquals", { compare: numeric((said, wanted) => said <= wanted), isNegated: false }],
  ["NumericGreaterThan", { compare: numeric((said, wanted) => said > wanted), isNegated: false }],
  ["NumericGreaterThanEquals", { compare: numeric((said, wanted) => said >= wanted), isNegated: false }],
  ["Bool", { compare: (said, wanted) => said.toLowerCase() === readBoolean(wanted), isNegated: false }],
]);

/** Throws for an operator that is not known. */
export function demandOperator(operator: string): void {
  const { name } = readOperator(operator);
  if (name !== "Null") knownOperator(name);
}

function knownOperator(name: string): Operator {
  const known = OPERATORS.get(name);
  if (known === undefined) throw new Error(`an operator that is not known: ${name}`);
  return known;
}

/** Tells whether a condition holds. Throws for an operator that is not known, and for one that does not fit the request. */
export function holds({ operator, key, values }: Condition, context: Context): boolean {
  const { quantifier, name, isOptional } = readOperator(operator);
  const said = context.get(key.toLowerCase());
  if (name === "Null") return values.some((wanted) => (readBoolean(wanted) === "true") === isNull(said));
  const known = knownOperator(name);
  const meets = (one: string) => meetsValues(known, one, values, context);
  switch (quantifier) {
    case "ForAllValues":
      // A key that is absent, or has no value but an empty text, is as good as one whose every value is right.
      return said === undefined || isNull(listOf(said)) || listOf(said).every(meets);
    case "ForAnyValue":
      if (said === undefined) return isOptional;
      return listOf(said).some(meets);
    case undefined:
      if (said === undefined) return isOptional || (known.isNegated && hasValues(known, values, context));
      if (typeof said !== "string") throw new Error(`${key} has several values and ${operator} is for one`);
      return meets(said);
  }
}

function meetsValues(operator: Operator, said: string, values: readonly string[], context: Context): boolean {
  const results = values.map((wanted) => operator.compare(said, wanted, context));
  // "Not what nobody knows" must not be true: such a statement does not count.
  return operator.isNegated ? results.every((is) => is === false) : results.includes(true);
}

/** False when a variable of the policy has no value. */
function hasValues(operator: Operator, values: readonly string[], context: Context): boolean {
  return values.every((wanted) => operator.compare("", wanted, context) !== null);
}

function readOperator(operator: string) {
  const found = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operator);
  const [, quantifier, name = "", ifExists] = found ?? [];
  const isSet = quantifier === "ForAllValues" || quantifier === "ForAnyValue";
  if (found === null || (name === "Null" && (isSet || ifExists !== undefined))) {
    throw new Error(`an operator that is not known: ${operator}`);
  }
  return { quantifier: isSet ? quantifier : undefined, name, isOptional: ifExists !== undefined } as const;
}

function bothWays(name: string, opposite: string, compare: Comparison): readonly (readonly [string, Operator])[] {
  return [
    [name, { compare, isNegated: false }],
    [opposite, { compare, isNegated: true }],
  ];
}

function compareText(said: string, wanted: string, context: Context, hasWildcards: boolean): boolean | null {
  const tokens = resolve(wanted, context, hasWildcards);
  return tokens && matches(tokens, said);
}

/** Each of the six parts by itself; the last may hold colons. */
function compareArns(said: string, wanted: string, context: Context): boolean | null {
  const [saidParts, wantedParts] = [arnParts(said), arnParts(wanted)];
  if (saidParts === null || wantedParts === null) return false;
  const results = wantedParts.map((part, at) => compareText(saidParts[at] ?? "", part, context, true));
  return results.includes(null) ? null : results.every((is) => is === true);
}

/** A colon inside of `${}` divides nothing. */
function arnParts(arn: string): readonly string[] | null {
  const parts: string[] = [];
  let rest = arn;
  while (parts.length < 5) {
    const [, part, left] = /^((?:\$\{[^}]*\}|[^:$]|\$(?!\{))*):(.*)$/s.exec(rest) ?? [];
    if (part === undefined || left === undefined) return null;
    parts.push(part);
    rest = left;
  }
  return parts[0] === "arn" ? [...parts, rest] : null;
}

function numeric(compare: (said: number, wanted: number) => boolean): Comparison {
  return (said, wanted) => {
    if (!isNumber(wanted)) throw new Error(`not a number: ${wanted}`);
    return isNumber(said) && compare(Number(said), Number(wanted));
  };
}

function isNumber(text: string): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(text);
}

function readBoolean(text: string): "true" | "false" {
  const lower = text.toLowerCase();
  if (lower !== "true" && lower !== "false") throw new Error(`neither true nor false: ${text}`);
  return lower;
}

function lowerCased(token: Token): Token {
  return token.kind === "literal" ? { ...token, text: token.text.toLowerCase() } : token;
}

/** A list without a value, or with nothing but empty ones, counts as no key. */
function isNull(said: ContextValue | undefined): boolean {
  return said === undefined || (typeof said !== "string" && said.every((one) => one === ""));
}

function listOf(said: ContextValue): readonly string[] {
  return typeof said === "string" ? [said] : said;
}
