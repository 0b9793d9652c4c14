/** Reads a CloudFormation template as AWS would deploy it: real-looking names and ARNs in place of its references. Pure. */
import * as v from "valibot";
import type { Place, Resource } from "./resource-names.ts";
import { attributeOf, nameOf } from "./resource-names.ts";

const properties = v.record(v.string(), v.unknown());

const template = v.object({
  Parameters: v.optional(v.record(v.string(), v.object({ Default: v.optional(v.string()) })), {}),
  Conditions: v.optional(v.record(v.string(), v.unknown()), {}),
  Resources: v.record(
    v.string(),
    v.object({ Type: v.string(), Properties: v.optional(properties, {}), Condition: v.optional(v.string()) }),
  ),
});

export type ReadTemplate = {
  /** The resources by their logical ids, with everything resolved; without those whose condition does not hold. */
  readonly resources: ReadonlyMap<string, Resource>;
};

/** Resolves all references. Throws for a function, a reference or an attribute that is not known here. */
export function readTemplate(json: unknown, place: Place): ReadTemplate {
  const read = v.parse(template, json);
  const resolver = createResolver(read, place);
  const resources = Object.entries(read.Resources)
    .filter(([, { Condition }]) => Condition === undefined || resolver.condition(Condition))
    .map(([id, { Type, Properties }]) => {
      const resolved = v.parse(properties, resolver.value(Properties));
      return [id, { id, type: Type, properties: resolved }] as const;
    });
  return { resources: new Map(resources) };
}

/** Stands for a property that is left out. */
const NO_VALUE = Symbol("AWS::NoValue");

function createResolver(read: v.InferOutput<typeof template>, place: Place) {
  const pseudo: ReadonlyMap<string, unknown> = new Map<string, unknown>([
    ["AWS::Partition", "aws"],
    ["AWS::Region", place.region],
    ["AWS::AccountId", place.account],
    ["AWS::URLSuffix", "amazonaws.com"],
    ["AWS::StackName", place.stackName],
    ["AWS::NoValue", NO_VALUE],
  ]);
  const raw = (id: string): Resource => {
    const found = read.Resources[id];
    if (found === undefined) throw new Error(`a reference to nothing: ${id}`);
    return { id, type: found.Type, properties: found.Properties };
  };
  const ref = (id: string): unknown => {
    if (pseudo.has(id)) return pseudo.get(id);
    return read.Parameters[id]?.Default ?? nameOf(raw(id), place);
  };
  const text = (is: unknown): string => v.parse(v.string(), value(is));
  const list = (is: unknown): readonly unknown[] => v.parse(v.array(v.unknown()), is);
  const attribute = (of: string) => {
    const [id = "", ...name] = of.split(".");
    return attributeOf(raw(id), name.join("."), place);
  };

  function value(is: unknown): unknown {
    if (Array.isArray(is)) return is.map(value).filter((one) => one !== NO_VALUE);
    if (typeof is !== "object" || is === null) return is;
    const entries = Object.entries(is);
    const [first] = entries;
    if (entries.length === 1 && first && /^(?:Ref|Fn::.*)$/.test(first[0])) return call(first[0], first[1]);
    const resolved = entries.map(([key, one]) => [key, value(one)] as const);
    return Object.fromEntries(resolved.filter(([, one]) => one !== NO_VALUE));
  }

  function call(name: string, input: unknown): unknown {
    switch (name) {
      case "Ref":
        return ref(text(input));
      case "Fn::GetAtt":
        return attribute(typeof input === "string" ? input : list(input).map(text).join("."));
      case "Fn::Join": {
        const [between, parts] = list(input);
        return list(value(parts)).map(text).join(text(between));
      }
      case "Fn::Sub":
        return substitute(input);
      case "Fn::If": {
        const [condition, yes, no] = list(input);
        return value(isTrue(text(condition)) ? yes : no);
      }
      default:
        throw new Error(`a function that is not known: ${name}`);
    }
  }

  function substitute(input: unknown): string {
    const [pattern, given] = Array.isArray(input) ? input : [input, {}];
    const own = v.parse(properties, given);
    return text(pattern).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name.startsWith("!")) return `\${${name.slice(1)}}`;
      if (name in own) return text(own[name]);
      return text(name.includes(".") ? attribute(name) : ref(name));
    });
  }

  function isTrue(name: string): boolean {
    if (!(name in read.Conditions)) throw new Error(`a condition that is not there: ${name}`);
    return holds(read.Conditions[name]);
  }

  function holds(is: unknown): boolean {
    const [entry] = Object.entries(v.parse(properties, is));
    const [name, input] = entry ?? [];
    switch (name) {
      case "Condition":
        return isTrue(text(input));
      case "Fn::Equals": {
        const [left, right] = list(input).map(text);
        return left === right;
      }
      case "Fn::Not":
        return !list(input).every(holds);
      case "Fn::And":
        return list(input).every(holds);
      case "Fn::Or":
        return list(input).some(holds);
      default:
        throw new Error(`a condition that is not known: ${String(name)}`);
    }
  }

  return { value, condition: isTrue };
}
