/** CloudFormation's query API: change sets, stacks, events. A stack works for a moment in the background, as AWS does. */
import { AwsError } from "../../../local/aws/aws-error.ts";
import { canonical, readJson } from "./json.ts";
import { provision, removeResource } from "./provision.ts";
import type { Place } from "./resources.ts";
import type { AccountState, ChangeSet, Stack } from "./state.ts";
import {
  describeChangeSet,
  describeResources,
  describeStack,
  listChangeSets,
  listResources,
  describeEvents,
} from "./stack-view.ts";
import { type GivenParameter, neededCapability, parameterValues, readTemplate } from "./template.ts";
import type { XmlValue } from "./xml.ts";

export type CloudFormation = {
  readonly state: AccountState;
  readonly place: Place;
  /** How long a stack is at work, in ms. */
  readonly workMs: number;
  now(): number;
  /** The text of a template that was uploaded. */
  templateAt(url: string): string | null;
  /** Whether resources of this stack cannot be made now; the reason. */
  readonly failing: { reason: string | null };
};

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** Answers one call of the query API. Throws an `AwsError`. */
export function answerCloudFormation(cloud: CloudFormation, form: URLSearchParams): XmlValue {
  const action = form.get("Action") ?? "";
  const answer = ACTIONS[action];
  if (!answer) throw new AwsError(400, "InvalidAction", `Could not find operation ${action}`);
  return answer(cloud, form);
}

const ACTIONS: Readonly<Record<string, (cloud: CloudFormation, form: URLSearchParams) => XmlValue>> = {
  DescribeStacks(cloud, form) {
    const name = form.get("StackName");
    if (name === null) return { Stacks: Object.values(cloud.state.stacks).filter(isThere).map(describeStack) };
    return { Stacks: [describeStack(stackAt(cloud, name))] };
  },
  ListStacks: (cloud) => ({
    StackSummaries: Object.values(cloud.state.stacks).map(describeStack),
  }),
  GetTemplate(cloud, form) {
    const stack = stackAt(cloud, form.get("StackName"));
    // A stack whose first change set waits has none; the CDK CLI asks for it at this moment.
    return { TemplateBody: stack.templateBody || "{}", StagesAvailable: ["Original", "Processed"] };
  },
  DescribeStackEvents: (cloud, form) => describeEvents(stackAt(cloud, form.get("StackName"))),
  DescribeStackResources: (cloud, form) => describeResources(stackAt(cloud, form.get("StackName"))),
  ListStackResources: (cloud, form) => listResources(stackAt(cloud, form.get("StackName"))),
  ListChangeSets: (cloud, form) => listChangeSets(stackAt(cloud, form.get("StackName"))),
  CreateChangeSet: createChangeSet,
  DescribeChangeSet(cloud, form) {
    const { stack, changeSet } = changeSetAt(cloud, form);
    return describeChangeSet(stack, changeSet);
  },
  DeleteChangeSet(cloud, form) {
    const stack = findStack(cloud, form.get("StackName") ?? form.get("ChangeSetName") ?? "");
    if (stack) delete stack.changeSets[changeSetName(form)];
    return {};
  },
  ExecuteChangeSet(cloud, form) {
    const { stack, changeSet } = changeSetAt(cloud, form);
    if (changeSet.executionStatus !== "AVAILABLE") {
      throw new AwsError(
        400,
        "InvalidChangeSetStatus",
        `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
      );
    }
    refuseBusy(stack);
    // As AWS does: none of them is valid for the stack that comes of this one.
    stack.changeSets = {};
    work(cloud, stack, changeSet.kind === "CREATE" ? "CREATE" : "UPDATE", changeSet);
    return {};
  },
  UpdateStack(cloud, form) {
    const stack = stackAt(cloud, form.get("StackName"));
    refuseBusy(stack);
    const update = readUpdate(cloud, form, stack);
    if (dryRun(cloud, stack, update).length === 0 && !isRetagged(stack, update)) {
      throw invalid("No updates are to be performed.");
    }
    work(cloud, stack, "UPDATE", update);
    return { StackId: stack.id };
  },
  UpdateTerminationProtection(cloud, form) {
    const stack = stackAt(cloud, form.get("StackName"));
    stack.isProtected = form.get("EnableTerminationProtection") === "true";
    return { StackId: stack.id };
  },
  DeleteStack(cloud, form) {
    const stack = findStack(cloud, form.get("StackName") ?? "");
    if (!stack) return {}; // AWS takes it as done
    if (stack.isProtected)
      throw invalid(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
    if (stack.status === "DELETE_IN_PROGRESS") return {};
    begin(cloud, stack, "DELETE_IN_PROGRESS");
    later(cloud, () => erase(cloud, stack));
    return {};
  },
};

type Update = {
  readonly templateBody: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
};

// oxlint-disable-next-line complexity -- each refusal of AWS is one branch
function createChangeSet(cloud: CloudFormation, form: URLSearchParams): XmlValue {
  const kind = form.get("ChangeSetType") === "CREATE" ? "CREATE" : "UPDATE";
  const stackName = form.get("StackName") ?? "";
  const name = form.get("ChangeSetName") ?? "";
  const found = findStack(cloud, stackName);
  if (kind === "CREATE" && found && found.status !== "REVIEW_IN_PROGRESS") {
    throw new AwsError(
      400,
      "ValidationError",
      `Stack [${stackName}] already exists and cannot be created again with the changeSet [${name}].`,
    );
  }
  if (kind === "UPDATE" && !found) throw notThere(stackName);
  const stack = found ?? newStack(cloud, stackName);
  if (stack.status !== "REVIEW_IN_PROGRESS") refuseBusy(stack);
  if (stack.changeSets[name]) throw new AwsError(400, "AlreadyExistsException", `ChangeSet ${name} already exists`);
  const update = readUpdate(cloud, form, stack);
  const changed = dryRun(cloud, stack, update);
  const isEmpty =
    kind === "UPDATE" && changed.length === 0 && !isRetagged(stack, update) && !hasOtherOutputs(cloud, stack, update);
  cloud.state.stacks[stack.name] = stack;
  cloud.state.serial += 1;
  const { region, accountId } = cloud.place;
  const id = `arn:aws:cloudformation:${region}:${accountId}:changeSet/${name}/${cloud.state.serial}`;
  stack.changeSets[name] = {
    ...update,
    id,
    name,
    kind,
    roleArn: form.get("RoleARN") ?? undefined,
    changed,
    status: isEmpty ? "FAILED" : "CREATE_COMPLETE",
    executionStatus: isEmpty ? "UNAVAILABLE" : "AVAILABLE",
    ...(isEmpty && { reason: NO_CHANGES }),
  };
  return { Id: id, StackId: stack.id };
}

/** Reads and checks what a stack is to become. */
function readUpdate(cloud: CloudFormation, form: URLSearchParams, stack: Stack): Update {
  const templateBody = readTemplateBody(cloud, form, stack);
  const template = readTemplate(templateBody);
  const needed = neededCapability(template);
  const given = members(form, "Capabilities");
  if (needed !== null && !given.includes("CAPABILITY_NAMED_IAM") && !given.includes(needed)) {
    throw new AwsError(400, "InsufficientCapabilitiesException", `Requires capabilities : [${needed}]`);
  }
  const parameters = parameterValues(template, readParameters(form), stack.parameters);
  const tags: Record<string, string> = {};
  for (let at = 1; form.has(`Tags.member.${at}.Key`); at++) {
    tags[form.get(`Tags.member.${at}.Key`) ?? ""] = form.get(`Tags.member.${at}.Value`) ?? "";
  }
  return { templateBody, parameters, tags };
}

function readTemplateBody(cloud: CloudFormation, form: URLSearchParams, stack: Stack): string {
  if (form.get("UsePreviousTemplate") === "true") return stack.templateBody;
  const url = form.get("TemplateURL");
  const body = url === null ? form.get("TemplateBody") : cloud.templateAt(url);
  if (body === null) throw invalid("Either Template URL or Template Body must be specified and readable.");
  return body;
}

function readParameters(form: URLSearchParams): readonly GivenParameter[] {
  const given: GivenParameter[] = [];
  for (let at = 1; form.has(`Parameters.member.${at}.ParameterKey`); at++) {
    given.push({
      key: form.get(`Parameters.member.${at}.ParameterKey`) ?? "",
      value: form.get(`Parameters.member.${at}.ParameterValue`) ?? undefined,
      usesPrevious: form.get(`Parameters.member.${at}.UsePreviousValue`) === "true",
    });
  }
  return given;
}

function members(form: URLSearchParams, name: string): readonly string[] {
  return [...form].filter(([key]) => key.startsWith(`${name}.member.`)).map(([, value]) => value);
}

/** What would change, tried on a copy. */
function dryRun(cloud: CloudFormation, stack: Stack, update: Update) {
  return rehearse(cloud, stack, update).changes;
}

function rehearse(cloud: CloudFormation, stack: Stack, update: Update) {
  const state = structuredClone(cloud.state);
  const copy = structuredClone(stack);
  state.stacks[copy.name] = copy;
  const order = { ...update, state, stack: copy, place: cloud.place, now: cloud.now() };
  return { changes: provision(order), outputs: copy.outputs };
}

function hasOtherOutputs(cloud: CloudFormation, stack: Stack, update: Update): boolean {
  const text = (outputs: Stack["outputs"]) => canonical(readJson(JSON.stringify(outputs)));
  return text(rehearse(cloud, stack, update).outputs) !== text(stack.outputs);
}

function isRetagged(stack: Stack, update: Update): boolean {
  return canonical(stack.tags) !== canonical(update.tags);
}

function work(cloud: CloudFormation, stack: Stack, verb: "CREATE" | "UPDATE", update: Update): void {
  begin(cloud, stack, `${verb}_IN_PROGRESS`);
  later(cloud, () => {
    const earlier = structuredClone({ resources: stack.resources, outputs: stack.outputs });
    try {
      if (cloud.failing.reason !== null) throw new AwsError(400, "GeneralServiceException", cloud.failing.reason);
      provision({ ...update, state: cloud.state, stack, place: cloud.place, now: cloud.now() });
      stack.templateBody = update.templateBody;
      stack.parameters = update.parameters;
      stack.tags = update.tags;
      mark(cloud, stack, `${verb}_COMPLETE`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown";
      Object.assign(stack, verb === "CREATE" ? { resources: {} } : earlier);
      mark(cloud, stack, verb === "CREATE" ? "ROLLBACK_COMPLETE" : "UPDATE_ROLLBACK_COMPLETE", reason);
    }
  });
}

function erase(cloud: CloudFormation, stack: Stack): void {
  try {
    for (const resource of Object.values(stack.resources).toReversed()) {
      removeResource(cloud.state, stack, resource, cloud.now());
    }
    mark(cloud, stack, "DELETE_COMPLETE");
    // AWS still tells of it by its id, no longer by its name.
    delete cloud.state.stacks[stack.name];
    cloud.state.stacks[stack.id] = stack;
  } catch (error) {
    mark(cloud, stack, "DELETE_FAILED", error instanceof Error ? error.message : "unknown");
  }
}

function begin(cloud: CloudFormation, stack: Stack, status: string): void {
  mark(cloud, stack, status);
}

function mark(cloud: CloudFormation, stack: Stack, status: string, reason?: string): void {
  stack.status = status;
  if (reason === undefined) delete stack.reason;
  else stack.reason = reason;
  stack.events.push({
    id: `${stack.events.length + 1}`,
    at: cloud.now(),
    logicalId: stack.name,
    physicalId: stack.id,
    type: "AWS::CloudFormation::Stack",
    status,
    ...(reason !== undefined && { reason }),
  });
}

function later(cloud: CloudFormation, then: () => void): void {
  setTimeout(then, cloud.workMs);
}

function newStack(cloud: CloudFormation, name: string): Stack {
  cloud.state.serial += 1;
  const { region, accountId } = cloud.place;
  return {
    id: `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${cloud.state.serial}`,
    name,
    createdAt: cloud.now(),
    status: "REVIEW_IN_PROGRESS",
    templateBody: "",
    parameters: {},
    tags: {},
    outputs: {},
    resources: {},
    events: [],
    changeSets: {},
    isProtected: false,
  };
}

function findStack(cloud: CloudFormation, nameOrId: string): Stack | undefined {
  const stacks = Object.values(cloud.state.stacks);
  return cloud.state.stacks[nameOrId] ?? stacks.find((stack) => stack.id === nameOrId);
}

function stackAt(cloud: CloudFormation, nameOrId: string | null): Stack {
  const stack = findStack(cloud, nameOrId ?? "");
  if (!stack) throw notThere(nameOrId ?? "");
  return stack;
}

function changeSetName(form: URLSearchParams): string {
  const given = form.get("ChangeSetName") ?? "";
  return given.startsWith("arn:") ? (given.split("/")[1] ?? "") : given;
}

function changeSetAt(cloud: CloudFormation, form: URLSearchParams): { stack: Stack; changeSet: ChangeSet } {
  const name = changeSetName(form);
  const stack = stackAt(cloud, form.get("StackName"));
  const changeSet = stack.changeSets[name];
  if (!changeSet) throw new AwsError(404, "ChangeSetNotFound", `ChangeSet [${name}] does not exist`);
  return { stack, changeSet };
}

function isThere(stack: Stack): boolean {
  return stack.status !== "DELETE_COMPLETE";
}

function refuseBusy(stack: Stack): void {
  if (stack.status.endsWith("_IN_PROGRESS") && stack.status !== "REVIEW_IN_PROGRESS") {
    throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }
  if (["ROLLBACK_COMPLETE", "DELETE_FAILED", "CREATE_FAILED", "ROLLBACK_FAILED"].includes(stack.status)) {
    throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }
}

function notThere(name: string): AwsError {
  return invalid(`Stack with id ${name} does not exist`);
}

function invalid(message: string): AwsError {
  return new AwsError(400, "ValidationError", message);
}
