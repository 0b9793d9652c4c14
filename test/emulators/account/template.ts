/** A CloudFormation template with its parameters: what is in it, in which order it is made, what it tells. */
import { parse } from "yaml";
import { AwsError } from "../../../local/aws/aws-error.ts";
import { isConditionMet, type Scope } from "./intrinsics.ts";
import { isObject, type Json, type JsonObject, listOf, objectAt, readJson, textAt, textOf } from "./json.ts";

export type Template = {
  readonly parameters: JsonObject;
  readonly conditions: JsonObject;
  readonly mappings: JsonObject;
  readonly resources: Readonly<Record<string, JsonObject>>;
  readonly outputs: Readonly<Record<string, JsonObject>>;
};

/** Reads a template in JSON, or in YAML, in which the CDK CLI writes its bootstrap template. Throws an `AwsError`. */
export function readTemplate(body: string): Template {
  let json: Json;
  try {
    json = body.trimStart().startsWith("{") ? readJson(body) : readJson(JSON.stringify(parse(body)));
  } catch {
    throw invalid("Template format error: neither JSON nor YAML");
  }
  const resources = objectsIn(objectAt(json, "Resources"));
  if (Object.keys(resources).length === 0)
    throw invalid("Template format error: At least one Resources member must be defined.");
  return {
    parameters: objectAt(json, "Parameters"),
    conditions: objectAt(json, "Conditions"),
    mappings: objectAt(json, "Mappings"),
    resources,
    outputs: objectsIn(objectAt(json, "Outputs")),
  };
}

function objectsIn(fields: JsonObject): Record<string, JsonObject> {
  const found: Record<string, JsonObject> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!isObject(field)) throw invalid(`Template format error: ${name} is no object`);
    found[name] = field;
  }
  return found;
}

export type GivenParameter = {
  readonly key: string;
  readonly value: string | undefined;
  readonly usesPrevious: boolean;
};

/** The values of all parameters, from what is given, what was before, and the defaults. Throws an `AwsError`. */
export function parameterValues(
  template: Template,
  given: readonly GivenParameter[],
  previous: Readonly<Record<string, string>>,
): Record<string, string> {
  const unknown = given.filter(({ key }) => !Object.hasOwn(template.parameters, key)).map(({ key }) => key);
  if (unknown.length > 0) throw invalid(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, definition] of Object.entries(template.parameters)) {
    const own = given.find(({ key }) => key === name);
    const fallback = isObject(definition) ? definition["Default"] : undefined;
    const value = own?.usesPrevious
      ? previous[name]
      : (own?.value ?? (fallback === undefined ? undefined : textOf(fallback)));
    if (value === undefined) missing.push(name);
    else values[name] = checked(name, value, definition);
  }
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(", ")}] must have values`);
  return values;
}

function checked(name: string, value: string, definition: Json): string {
  const pattern = textAt(definition, "AllowedPattern");
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value)) {
    throw invalid(`Parameter '${name}' must match pattern ${pattern}`);
  }
  const allowed = isObject(definition) ? listOf(definition["AllowedValues"]).map(textOf) : [];
  if (allowed.length > 0 && !allowed.includes(value)) {
    throw invalid(`Parameter '${name}' must be one of AllowedValues`);
  }
  return value;
}

/** The resources whose condition holds, each after those that it names. Throws an `AwsError` for a circle. */
export function creationOrder(template: Template, scope: Scope): readonly string[] {
  const isIn = (definition: JsonObject) => {
    const condition = textAt(definition, "Condition");
    return condition === undefined || isConditionMet(condition, scope);
  };
  const names = Object.keys(template.resources).filter((name) => isIn(template.resources[name] ?? {}));
  const order: string[] = [];
  const visit = (name: string, path: readonly string[]) => {
    if (order.includes(name) || !names.includes(name)) return;
    if (path.includes(name)) throw invalid(`Circular dependency between resources: [${[...path, name].join(", ")}]`);
    for (const needed of namedIn(template.resources[name] ?? {})) visit(needed, [...path, name]);
    order.push(name);
  };
  for (const name of names) visit(name, []);
  return order;
}

/** Logical ids that a definition names, by Ref, GetAtt, Sub and DependsOn. */
function namedIn(definition: JsonObject): readonly string[] {
  const names = listOf(definition["DependsOn"]).map(textOf);
  const look = (node: Json): void => {
    if (Array.isArray(node)) for (const item of listOf(node)) look(item);
    if (!isObject(node)) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === "Ref") names.push(textOf(value));
      else if (key === "Fn::GetAtt") names.push(textOf(Array.isArray(value) ? value[0] : textOf(value).split(".")[0]));
      else if (key === "Fn::Sub") names.push(...subNames(value));
      look(value);
    }
  };
  look(definition["Properties"] ?? null);
  return names;
}

function subNames(argument: Json): readonly string[] {
  const [text = ""] = listOf(argument);
  return [...textOf(text).matchAll(/\$\{([^!}.]+)[^}]*\}/g)].map(([, name = ""]) => name);
}

/** The capabilities that a template must be acknowledged with. */
export function neededCapability(template: Template): "CAPABILITY_NAMED_IAM" | "CAPABILITY_IAM" | null {
  const iam = Object.values(template.resources).filter((resource) =>
    textAt(resource, "Type")?.startsWith("AWS::IAM::"),
  );
  const named = ["RoleName", "UserName", "GroupName", "ManagedPolicyName"];
  if (iam.some((resource) => named.some((name) => Object.hasOwn(objectAt(resource, "Properties"), name)))) {
    return "CAPABILITY_NAMED_IAM";
  }
  return iam.length > 0 ? "CAPABILITY_IAM" : null;
}

function invalid(message: string): AwsError {
  return new AwsError(400, "ValidationError", message);
}
