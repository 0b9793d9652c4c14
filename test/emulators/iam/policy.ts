/** An IAM policy document as data. What is not known here is refused: a guess would make a test say too much. */
import * as v from "valibot";
import { demandOperator } from "./conditions.ts";

export type Effect = "Allow" | "Deny";

/** Which actions or resources a statement is about: those that match, or all others. */
export type Selection = { readonly isExcluding: boolean; readonly patterns: readonly string[] };

/** Who a statement of a trust or resource policy is about. */
export type PrincipalPattern =
  | { readonly kind: "everybody" }
  | { readonly kind: "listed"; readonly aws: readonly string[]; readonly services: readonly string[] };

/** `values` are ORed; the conditions of a statement are ANDed. */
export type Condition = { readonly operator: string; readonly key: string; readonly values: readonly string[] };

export type Statement = {
  readonly sid: string | undefined;
  readonly effect: Effect;
  readonly actions: Selection;
  /** Only a trust policy has none: its resource is the role that it belongs to. */
  readonly resources: Selection | undefined;
  /** Only policies of identities have none. */
  readonly principal: PrincipalPattern | undefined;
  readonly conditions: readonly Condition[];
};

export type Policy = { readonly statements: readonly Statement[] };

const texts = v.pipe(
  v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))]),
  v.transform((is) => (typeof is === "string" ? [is] : is)),
);

const scalar = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));
const scalars = v.pipe(
  v.union([scalar, v.pipe(v.array(scalar), v.minLength(1))]),
  v.transform((is) => (typeof is === "string" ? [is] : is)),
);

const statement = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(["Allow", "Deny"]),
  Action: v.optional(texts),
  NotAction: v.optional(texts),
  Resource: v.optional(texts),
  NotResource: v.optional(texts),
  Principal: v.optional(
    v.union([v.literal("*"), v.strictObject({ AWS: v.optional(texts), Service: v.optional(texts) })]),
  ),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), scalars))),
});

const document = v.strictObject({
  // The version before it knows no policy variables.
  Version: v.literal("2012-10-17"),
  Id: v.optional(v.string()),
  Statement: v.pipe(
    v.union([statement, v.array(statement)]),
    v.transform((is) => (Array.isArray(is) ? is : [is])),
  ),
});

const ACTION = /^(?:\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/;
const RESOURCE = /^(?:\*|arn:.+)$/s;

/** Reads a policy document. Throws for what IAM refuses and for what this evaluator does not know. */
export function parsePolicy(json: unknown): Policy {
  return { statements: v.parse(document, json).Statement.map(readStatement) };
}

function readStatement(read: v.InferOutput<typeof statement>): Statement {
  const actions = select("Action", read.Action, read.NotAction);
  if (actions === undefined) throw new Error("a statement without actions");
  const resources = select("Resource", read.Resource, read.NotResource);
  const principal = readPrincipal(read.Principal);
  if (resources === undefined && principal === undefined) throw new Error("a statement without resources");
  demandForm(actions, ACTION);
  if (resources) demandForm(resources, RESOURCE);
  const conditions = Object.entries(read.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
  );
  for (const { operator } of conditions) demandOperator(operator);
  return { sid: read.Sid, effect: read.Effect, actions, resources, principal, conditions };
}

function demandForm({ patterns }: Selection, form: RegExp): void {
  for (const pattern of patterns) if (!form.test(pattern)) throw new Error(`not of its form: ${pattern}`);
}

function select(name: string, including?: readonly string[], excluding?: readonly string[]): Selection | undefined {
  if (including !== undefined && excluding !== undefined) throw new Error(`${name} and Not${name} in one statement`);
  if (including !== undefined) return { isExcluding: false, patterns: including };
  return excluding && { isExcluding: true, patterns: excluding };
}

function readPrincipal(read: v.InferOutput<typeof statement>["Principal"]): PrincipalPattern | undefined {
  if (read === undefined) return undefined;
  if (read === "*") return { kind: "everybody" };
  const [aws, services] = [read.AWS ?? [], read.Service ?? []];
  if (aws.includes("*")) return { kind: "everybody" };
  if (aws.length + services.length === 0) throw new Error("a principal that is nobody");
  for (const name of [...aws, ...services]) if (/[*?$]/.test(name)) throw new Error(`not a principal: ${name}`);
  return { kind: "listed", aws, services };
}
