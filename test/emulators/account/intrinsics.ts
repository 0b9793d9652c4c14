/** Resolves the functions of a CloudFormation template. Throws an `AwsError` that names what cannot be resolved. */
import { AwsError } from "../../../local/aws/aws-error.ts";
import { canonical, isObject, type Json, type JsonObject, listOf, textOf } from "./json.ts";

export type Scope = {
  /** Parameters, pseudo parameters and physical ids by name; undefined: there is none. */
  ref(name: string): Json | undefined;
  /** An attribute of a resource. */
  attribute(logicalId: string, name: string): Json | undefined;
  readonly conditions: JsonObject;
  readonly mappings: JsonObject;
};

/** What `AWS::NoValue` is while a template is resolved; it takes its key along. */
const NO_VALUE = Symbol("AWS::NoValue");
type Resolved = Json | typeof NO_VALUE;

/** The value of `node` with all functions carried out. */
export function resolve(node: Json, scope: Scope): Json {
  const value = walk(node, scope);
  return value === NO_VALUE ? null : value;
}

/** Whether the condition of this name holds. */
export function isConditionMet(name: string, scope: Scope): boolean {
  const condition = scope.conditions[name];
  if (condition === undefined) throw invalid(`Unresolved condition dependency ${name}`);
  return isTrue(condition, scope);
}

function walk(node: Json, scope: Scope): Resolved {
  if (Array.isArray(node)) {
    const items: readonly Json[] = node;
    return items.map((item) => walk(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (!isObject(node)) return node;
  const [name, ...others] = Object.keys(node);
  if (name !== undefined && others.length === 0) {
    const argument = node[name] ?? null;
    if (name === "Ref") return refer(textOf(argument), scope);
    if (name.startsWith("Fn::")) return call(name, argument, scope);
  }
  const fields: Record<string, Json> = {};
  for (const [key, field] of Object.entries(node)) {
    const value = walk(field, scope);
    if (value !== NO_VALUE) fields[key] = value;
  }
  return fields;
}

function refer(name: string, scope: Scope): Resolved {
  if (name === "AWS::NoValue") return NO_VALUE;
  const value = scope.ref(name);
  if (value === undefined) throw invalid(`Unresolved resource dependencies [${name}] in the template`);
  return value;
}

// oxlint-disable-next-line complexity -- one case a function
function call(name: string, argument: Json, scope: Scope): Resolved {
  switch (name) {
    case "Fn::GetAtt":
      return attribute(Array.isArray(argument) ? argument.map(textOf) : textOf(argument).split("."), scope);
    case "Fn::Join": {
      const [separator, parts] = listOf(argument);
      return listOf(resolve(parts ?? [], scope))
        .map(textOf)
        .join(textOf(separator));
    }
    case "Fn::Sub":
      return substitute(argument, scope);
    case "Fn::If": {
      const [condition, yes, no] = listOf(argument);
      return walk((isConditionMet(textOf(condition), scope) ? yes : no) ?? null, scope);
    }
    case "Fn::Select": {
      const [index, items] = listOf(argument);
      return listOf(resolve(items ?? [], scope))[Number(index)] ?? null;
    }
    case "Fn::Split": {
      const [separator, text] = listOf(argument);
      return textOf(resolve(text ?? "", scope)).split(textOf(separator));
    }
    case "Fn::FindInMap": {
      const [map = "", first = "", second = ""] = listOf(argument).map((part) => textOf(resolve(part, scope)));
      const found = scope.mappings[map];
      const row = isObject(found) ? found[first] : undefined;
      return (isObject(row) ? row[second] : undefined) ?? null;
    }
    default:
      throw invalid(`Template error: ${name} is not emulated`);
  }
}

function attribute([logicalId = "", ...rest]: readonly string[], scope: Scope): Json {
  const name = rest.join(".");
  const value = scope.attribute(logicalId, name);
  if (value === undefined) {
    throw invalid(`Template error: resource ${logicalId} does not support attribute type ${name} in Fn::GetAtt`);
  }
  return value;
}

function substitute(argument: Json, scope: Scope): string {
  const [template, given] = Array.isArray(argument)
    ? [textOf(argument[0]), argument[1]]
    : [textOf(argument), undefined];
  const own = isObject(given) ? given : {};
  return template.replaceAll(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    const local = own[name];
    if (local !== undefined) return textOf(resolve(local, scope));
    return textOf(name.includes(".") ? attribute(name.split("."), scope) : resolve({ Ref: name }, scope));
  });
}

function isTrue(condition: Json, scope: Scope): boolean {
  if (!isObject(condition)) throw invalid("Template error: a condition is no object");
  const [[name, argument] = ["", null]] = Object.entries(condition);
  const parts = listOf(argument);
  switch (name) {
    case "Condition":
      return isConditionMet(textOf(argument), scope);
    case "Fn::Equals":
      return canonical(resolve(parts[0] ?? null, scope)) === canonical(resolve(parts[1] ?? null, scope));
    case "Fn::Not":
      return !isTrue(parts[0] ?? null, scope);
    case "Fn::And":
      return parts.every((part) => isTrue(part, scope));
    case "Fn::Or":
      return parts.some((part) => isTrue(part, scope));
    default:
      throw invalid(`Template error: ${name} is no function of conditions`);
  }
}

function invalid(message: string): AwsError {
  return new AwsError(400, "ValidationError", message);
}
