/** Makes, changes and removes the resources of one stack so that they are what its template says. */
import { AwsError } from "../../../local/aws/aws-error.ts";
import { resolve, type Scope } from "./intrinsics.ts";
import { canonical, isObject, type Json, type JsonObject, objectAt, textAt, textOf } from "./json.ts";
import { isReplacement, makeResource, type Place } from "./resources.ts";
import type { AccountState, Change, Resource, Stack } from "./state.ts";
import { creationOrder, readTemplate, type Template } from "./template.ts";

export type Provision = {
  readonly state: AccountState;
  readonly stack: Stack;
  readonly place: Place;
  readonly templateBody: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly now: number;
};

/** Carries it out on `state` and returns what changed. Throws an `AwsError`; what was made by then stays made. */
export function provision(order: Provision): readonly Change[] {
  const { state, stack } = order;
  const template = readTemplate(order.templateBody);
  const scope = scopeOf(order, template);
  const changes: Change[] = [];
  const names = creationOrder(template, scope);
  for (const logicalId of names) {
    const change = put(order, scope, logicalId, template.resources[logicalId] ?? {});
    if (change) changes.push(change);
  }
  for (const gone of Object.values(stack.resources).filter(({ logicalId }) => !names.includes(logicalId))) {
    removeResource(state, stack, gone, order.now);
    changes.push({ action: "Remove", logicalId: gone.logicalId, type: gone.type, physicalId: gone.physicalId });
  }
  stack.outputs = outputsOf(template, scope);
  return changes;
}

/** Takes one resource out of its stack: for good, or to the retained ones. */
export function removeResource(state: AccountState, stack: Stack, resource: Resource, now: number): void {
  delete stack.resources[resource.logicalId];
  if (resource.retainOnDelete) {
    state.retained[resource.physicalId] = resource;
    tell(order(stack, now), resource, "DELETE_SKIPPED");
    return;
  }
  if (resource.type === "AWS::IAM::User") {
    const keys = Object.values(state.accessKeys).filter(({ userName }) => userName === resource.physicalId);
    if (keys.length > 0) {
      stack.resources[resource.logicalId] = resource;
      tell(order(stack, now), resource, "DELETE_FAILED", "Cannot delete entity, must delete access keys first.");
      throw new AwsError(409, "DeleteConflict", "Cannot delete entity, must delete access keys first.");
    }
  }
  if (resource.type === "AWS::BedrockAgentCore::Runtime") delete state.runtimes[resource.physicalId];
  if (resource.type === "AWS::SecretsManager::Secret") delete state.secrets[resource.physicalId];
  tell(order(stack, now), resource, "DELETE_COMPLETE");
}

const order = (stack: Stack, now: number) => ({ stack, now });

// oxlint-disable-next-line complexity -- what CloudFormation tells apart
function put(order: Provision, scope: Scope, logicalId: string, definition: JsonObject): Change | null {
  const { state, stack, place } = order;
  const type = textAt(definition, "Type") ?? "";
  const resolved = resolve(definition["Properties"] ?? {}, scope);
  const properties = isObject(resolved) ? resolved : {};
  const known = stack.resources[logicalId];
  const isOther = known !== undefined && (known.type !== type || isReplacement(type, known.properties, properties));
  const before = isOther ? undefined : known;
  const retainOnDelete = (textAt(definition, "DeletionPolicy") ?? "").startsWith("Retain");
  const making = { ...place, state, stackName: stack.name, logicalId, properties, before };
  const made = makeResource(type, { ...making, unique: () => unique(state) });
  const resource = { logicalId, type, properties, retainOnDelete, ...made };
  refuseTaken(state, stack, resource, before);
  if (before !== undefined && isSame(before, resource)) return null;
  if (isOther) removeResource(state, stack, known, order.now);
  stack.resources[logicalId] = resource;
  remember(state, resource);
  tell(order, resource, before ? "UPDATE_COMPLETE" : "CREATE_COMPLETE");
  return { action: known ? "Modify" : "Add", logicalId, type, physicalId: resource.physicalId };
}

function isSame(before: Resource, after: Resource): boolean {
  const text = ({ properties, physicalId, retainOnDelete }: Resource) =>
    canonical({ properties, physicalId, retainOnDelete });
  return text(before) === text(after);
}

/** AWS refuses a name that somebody else has, also one that an earlier stack retained. */
function refuseTaken(state: AccountState, stack: Stack, resource: Resource, before: Resource | undefined): void {
  if (before !== undefined) return;
  const others = Object.values(state.stacks).flatMap((each) => Object.values(each.resources));
  const owner = [...others, ...Object.values(state.retained)].find(
    ({ type, physicalId, logicalId }) =>
      type === resource.type && physicalId === resource.physicalId && stack.resources[logicalId] === undefined,
  );
  if (owner) throw new AwsError(400, "AlreadyExistsException", `${resource.physicalId} already exists`);
}

/** What other services know of a resource. */
// oxlint-disable-next-line complexity -- one branch a service
function remember(state: AccountState, resource: Resource): void {
  const { type, physicalId, properties, attributes } = resource;
  if (type === "AWS::BedrockAgentCore::Runtime") {
    const runtime = (state.runtimes[physicalId] ??= {
      id: physicalId,
      arn: attributes["AgentRuntimeArn"] ?? "",
      name: textAt(properties, "AgentRuntimeName") ?? "",
      versions: [],
      endpoints: {},
    });
    const version = attributes["AgentRuntimeVersion"] ?? "";
    if (!runtime.versions.some((each) => each.version === version)) runtime.versions.push({ version, properties });
  }
  if (type === "AWS::BedrockAgentCore::RuntimeEndpoint") {
    const runtime = state.runtimes[textAt(properties, "AgentRuntimeId") ?? ""];
    if (runtime) runtime.endpoints[attributes["Id"] ?? ""] = attributes["LiveVersion"] ?? "";
  }
  if (type === "AWS::SecretsManager::Secret") {
    state.secrets[physicalId] ??= {
      arn: physicalId,
      name: textAt(properties, "Name") ?? physicalId.split(":").at(-1)?.slice(0, -7) ?? "",
      versionId: "1",
      value: textAt(properties, "SecretString") ?? (properties["GenerateSecretString"] ? "generated" : ""),
      puts: 0,
    };
  }
}

function scopeOf({ place, stack, state, parameters }: Provision, template: Template): Scope {
  const pseudo: Readonly<Record<string, Json>> = {
    "AWS::AccountId": place.accountId,
    "AWS::Region": place.region,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": stack.name,
    "AWS::StackId": stack.id,
    "AWS::NotificationARNs": [],
  };
  return {
    conditions: template.conditions,
    mappings: template.mappings,
    ref: (name) =>
      pseudo[name] ?? parameterValue(state, template, parameters, name) ?? stack.resources[name]?.physicalId,
    attribute: (logicalId, name) => stack.resources[logicalId]?.attributes[name],
  };
}

function parameterValue(
  state: AccountState,
  template: Template,
  parameters: Readonly<Record<string, string>>,
  name: string,
): Json | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  const type = textAt(template.parameters[name], "Type") ?? "";
  if (type === "CommaDelimitedList" || type.startsWith("List<")) return value === "" ? [""] : value.split(",");
  return type.startsWith("AWS::SSM::Parameter::Value") ? ssmValue(state, value) : value;
}

/** The value of an SSM parameter that some stack has made. Throws an `AwsError` when there is none. */
export function ssmValue(state: AccountState, name: string): string {
  for (const stack of Object.values(state.stacks)) {
    const found = Object.values(stack.resources).find(
      (resource) => resource.type === "AWS::SSM::Parameter" && resource.physicalId === name,
    );
    if (found) return found.attributes["Value"] ?? "";
  }
  throw new AwsError(
    400,
    "ValidationError",
    `Unable to fetch parameters [${name}] from parameter store for this account.`,
  );
}

function outputsOf(template: Template, scope: Scope): Stack["outputs"] {
  const outputs: Record<string, { value: string; exportName?: string }> = {};
  for (const [name, definition] of Object.entries(template.outputs)) {
    const exported = objectAt(definition, "Export")["Name"];
    outputs[name] = {
      value: textOf(resolve(definition["Value"] ?? "", scope)),
      ...(exported !== undefined && { exportName: textOf(resolve(exported, scope)) }),
    };
  }
  return outputs;
}

function tell(
  { stack, now }: Pick<Provision, "stack" | "now">,
  resource: Resource,
  status: string,
  reason?: string,
): void {
  const { logicalId, physicalId, type } = resource;
  const id = `${stack.events.length + 1}`;
  stack.events.push({ id, at: now, logicalId, physicalId, type, status, ...(reason !== undefined && { reason }) });
}

const UNIQUE_LENGTH = 10;

function unique(state: AccountState): string {
  state.serial += 1;
  return `X${state.serial
    .toString(36)
    .toUpperCase()
    .padStart(UNIQUE_LENGTH - 1, "0")}`;
}
