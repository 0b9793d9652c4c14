/** How CloudFormation describes stacks, change sets, resources and events. */
import type { ChangeSet, Resource, Stack } from "./state.ts";
import type { XmlValue } from "./xml.ts";

const time = (at: number) => new Date(at).toISOString();
const fields = <T>(record: Readonly<Record<string, T>>, show: (name: string, value: T) => XmlValue) =>
  Object.entries(record).map(([name, value]) => show(name, value));
const parameter = (ParameterKey: string, ParameterValue: string) => ({ ParameterKey, ParameterValue });
const tag = (Key: string, Value: string) => ({ Key, Value });

export function describeStack(stack: Stack): XmlValue {
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: time(stack.createdAt),
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    EnableTerminationProtection: stack.isProtected,
    Capabilities: ["CAPABILITY_NAMED_IAM"],
    Parameters: fields(stack.parameters, parameter),
    Tags: fields(stack.tags, tag),
    Outputs: fields(stack.outputs, (OutputKey, { value, exportName }) => ({
      OutputKey,
      OutputValue: value,
      ExportName: exportName,
    })),
  };
}

export function describeChangeSet(stack: Stack, changeSet: ChangeSet): XmlValue {
  return {
    ChangeSetId: changeSet.id,
    ChangeSetName: changeSet.name,
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: time(stack.createdAt),
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.status,
    StatusReason: changeSet.reason,
    Parameters: fields(changeSet.parameters, parameter),
    Changes: changeSet.changed.map((change) => ({
      Type: "Resource",
      ResourceChange: {
        Action: change.action,
        LogicalResourceId: change.logicalId,
        PhysicalResourceId: change.action === "Add" ? undefined : change.physicalId,
        ResourceType: change.type,
        Replacement: change.action === "Modify" ? "False" : undefined,
      },
    })),
  };
}

export function listChangeSets(stack: Stack): XmlValue {
  return {
    Summaries: Object.values(stack.changeSets).map((changeSet) => ({
      ChangeSetId: changeSet.id,
      ChangeSetName: changeSet.name,
      StackName: stack.name,
      Status: changeSet.status,
      ExecutionStatus: changeSet.executionStatus,
    })),
  };
}

function resource(stack: Stack, { logicalId, physicalId, type }: Resource): Readonly<Record<string, XmlValue>> {
  return {
    StackName: stack.name,
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    ResourceStatus: "CREATE_COMPLETE",
  };
}

export function describeResources(stack: Stack): XmlValue {
  return {
    StackResources: Object.values(stack.resources).map((each) => ({
      ...resource(stack, each),
      Timestamp: time(stack.createdAt),
    })),
  };
}

export function listResources(stack: Stack): XmlValue {
  return {
    StackResourceSummaries: Object.values(stack.resources).map((each) => ({
      ...resource(stack, each),
      LastUpdatedTimestamp: time(stack.createdAt),
    })),
  };
}

export function describeEvents(stack: Stack): XmlValue {
  return {
    StackEvents: stack.events.toReversed().map((event) => ({
      StackId: stack.id,
      EventId: event.id,
      StackName: stack.name,
      LogicalResourceId: event.logicalId,
      PhysicalResourceId: event.physicalId,
      ResourceType: event.type,
      Timestamp: time(event.at),
      ResourceStatus: event.status,
      ResourceStatusReason: event.reason,
    })),
  };
}
