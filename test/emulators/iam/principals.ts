/** Who may do what by a template: its roles and users with their policies, and the policies of its buckets. Pure. */
import * as v from "valibot";
import { parsePolicy, type Policy } from "./policy.ts";
import { attributeOf, nameOf, type Place, type Resource } from "./resource-names.ts";
import type { ReadTemplate } from "./template.ts";

export type TemplatePrincipal = {
  readonly id: string;
  readonly kind: "role" | "user";
  readonly name: string;
  readonly arn: string;
  readonly policies: readonly Policy[];
  /** Who may assume it; nobody a user. */
  readonly trust: Policy | undefined;
  readonly maxSessionSeconds: number;
};

export type TemplateRights = {
  readonly principals: readonly TemplatePrincipal[];
  readonly bucketPolicies: readonly Policy[];
};

/** Types that say nothing about rights, with properties that would. */
const WITHOUT_RIGHTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["AWS::S3::Bucket", ["AccessControl"]],
  ["AWS::DynamoDB::GlobalTable", ["ResourcePolicy"]],
  ["AWS::DynamoDB::Table", ["ResourcePolicy"]],
  ["AWS::Logs::LogGroup", ["ResourcePolicyDocument"]],
  ["AWS::SecretsManager::Secret", []],
  ["AWS::BedrockAgentCore::Runtime", []],
  ["AWS::BedrockAgentCore::RuntimeEndpoint", []],
  ["AWS::BedrockAgentCore::Memory", []],
  ["AWS::BedrockAgentCore::BrowserCustom", []],
]);

const WITH_RIGHTS = ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Policy", "AWS::S3::BucketPolicy"];

/** An IAM default, in seconds. */
const SESSION_SECONDS_DEFAULT = 3_600;

const inline = v.optional(v.array(v.strictObject({ PolicyName: v.string(), PolicyDocument: v.unknown() })), []);
const common = { Policies: inline, Path: v.optional(v.literal("/")), Tags: v.optional(v.unknown()) };
const role = v.strictObject({
  ...common,
  AssumeRolePolicyDocument: v.unknown(),
  Description: v.optional(v.string()),
  MaxSessionDuration: v.optional(v.number(), SESSION_SECONDS_DEFAULT),
});
const user = v.strictObject(common);
const attached = v.strictObject({
  PolicyName: v.string(),
  PolicyDocument: v.unknown(),
  Roles: v.optional(v.array(v.string()), []),
  Users: v.optional(v.array(v.string()), []),
});
const bucketPolicy = v.strictObject({ Bucket: v.string(), PolicyDocument: v.unknown() });

/** Collects them. Throws for what could give rights and is not known: managed policies, groups, other types, names. */
export function readRights({ resources }: ReadTemplate, place: Place): TemplateRights {
  const all = [...resources.values()];
  for (const resource of all) demandKnown(resource);
  const of = (type: string) => all.filter((resource) => resource.type === type);
  const policies = of("AWS::IAM::Policy").map(({ properties }) => v.parse(attached, properties));
  const roles = of("AWS::IAM::Role").map((resource): TemplatePrincipal => {
    const read = v.parse(role, resource.properties);
    const name = nameOf(resource, place);
    const more = policies.filter(({ Roles }) => Roles.includes(name));
    return {
      ...identity(resource, "role", place),
      policies: [...read.Policies, ...more].map(({ PolicyDocument }) => parsePolicy(PolicyDocument)),
      trust: parsePolicy(read.AssumeRolePolicyDocument),
      maxSessionSeconds: read.MaxSessionDuration,
    };
  });
  const users = of("AWS::IAM::User").map((resource): TemplatePrincipal => {
    const read = v.parse(user, resource.properties);
    const more = policies.filter(({ Users }) => Users.includes(nameOf(resource, place)));
    return {
      ...identity(resource, "user", place),
      policies: [...read.Policies, ...more].map(({ PolicyDocument }) => parsePolicy(PolicyDocument)),
      trust: undefined,
      maxSessionSeconds: 0,
    };
  });
  const known = [...roles, ...users].map(({ name }) => name);
  for (const name of policies.flatMap(({ Roles, Users }) => [...Roles, ...Users])) {
    if (!known.includes(name)) throw new Error(`a policy of somebody who is not in the template: ${name}`);
  }
  const bucketPolicies = of("AWS::S3::BucketPolicy").map(({ properties }) =>
    parsePolicy(v.parse(bucketPolicy, properties).PolicyDocument),
  );
  return { principals: [...roles, ...users], bucketPolicies };
}

function identity(resource: Resource, kind: TemplatePrincipal["kind"], place: Place) {
  return { id: resource.id, kind, name: nameOf(resource, place), arn: attributeOf(resource, "Arn", place) };
}

function demandKnown({ id, type, properties }: Resource): void {
  if (WITH_RIGHTS.includes(type)) return;
  const telling = WITHOUT_RIGHTS.get(type);
  if (telling === undefined) throw new Error(`a type that may give rights: ${type}`);
  const found = telling.find((name) => JSON.stringify(properties).includes(`"${name}"`));
  if (found !== undefined) throw new Error(`${id} says who may do what: ${found}`);
}
