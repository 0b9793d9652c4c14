/** What IAM decides about a request: an explicit deny wins, then an allow, and what nobody allows is denied. Pure. */
import { assertNever } from "../../../protocol/assert.ts";
import { holds } from "./conditions.ts";
import { type Context, matches, matchesPlain, resolve } from "./pattern.ts";
import type { Policy, PrincipalPattern, Selection, Statement } from "./policy.ts";

export type Decision = "allowed" | "explicitly_denied" | "implicitly_denied";

/** Who asks, where a policy names principals. `arns`: its own and, of a session, that of its role. */
export type Caller =
  | { readonly kind: "aws"; readonly account: string; readonly arns: readonly string[] }
  | { readonly kind: "service"; readonly name: string };

export type AccessRequest = {
  /** `service:Name`, without wildcards. */
  readonly action: string;
  /** An ARN, or `*` for what has none. */
  readonly resource: string;
  readonly context: Context;
  /** None: no statement with a principal is about this request. */
  readonly caller?: Caller;
};

/** Decides by all policies together. Throws for a condition that does not fit the request. */
export function evaluate(policies: readonly Policy[], request: AccessRequest): Decision {
  const effects = policies
    .flatMap(({ statements }) => statements)
    .filter((statement) => applies(statement, request))
    .map(({ effect }) => effect);
  if (effects.includes("Deny")) return "explicitly_denied";
  return effects.includes("Allow") ? "allowed" : "implicitly_denied";
}

/** Tells whether a statement is about a request. */
export function applies(statement: Statement, request: AccessRequest): boolean {
  const { actions, resources, principal, conditions } = statement;
  return (
    selects(actions, (pattern) => matchesPlain(pattern.toLowerCase(), request.action.toLowerCase())) &&
    (resources === undefined || selectsResource(resources, request)) &&
    (principal === undefined || isMeant(principal, request.caller)) &&
    conditions.every((condition) => holds(condition, request.context))
  );
}

function selects({ isExcluding, patterns }: Selection, matchesOne: (pattern: string) => boolean): boolean {
  return patterns.some(matchesOne) !== isExcluding;
}

function selectsResource({ isExcluding, patterns }: Selection, { resource, context }: AccessRequest): boolean {
  const results = patterns.map((pattern) => {
    const variable = pattern.indexOf("${");
    if (variable !== -1 && pattern.slice(0, variable).split(":").length < 6) {
      throw new Error(`a variable outside of the resource's own part: ${pattern}`);
    }
    const tokens = resolve(pattern, context, true);
    return tokens && matches(tokens, resource);
  });
  // "All but what nobody knows" must not become "all".
  return isExcluding ? results.every((is) => is === false) : results.includes(true);
}

function isMeant(pattern: PrincipalPattern, caller: Caller | undefined): boolean {
  if (caller === undefined) return false;
  if (pattern.kind === "everybody") return true;
  switch (caller.kind) {
    case "service":
      return pattern.services.includes(caller.name);
    case "aws":
      return pattern.aws.some(
        (name) =>
          caller.arns.includes(name) ||
          name === caller.account ||
          // Everybody of an account.
          name === `arn:aws:iam::${caller.account}:root`,
      );
    default:
      return assertNever(caller);
  }
}
