/** Everything that the emulated account holds, as plain JSON, so that two end states can be compared. */
import type { JsonObject } from "./json.ts";

export type Resource = {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly properties: JsonObject;
  /** What Fn::GetAtt can be asked. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly retainOnDelete: boolean;
};

export type StackEvent = {
  readonly id: string;
  readonly at: number;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
};

export type ChangeSet = {
  readonly id: string;
  readonly name: string;
  readonly kind: "CREATE" | "UPDATE";
  readonly templateBody: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly roleArn: string | undefined;
  readonly changed: readonly Change[];
  status: string;
  executionStatus: string;
  reason?: string;
};

export type Change = {
  readonly action: "Add" | "Modify" | "Remove";
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
};

export type Stack = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  status: string;
  reason?: string;
  templateBody: string;
  parameters: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  outputs: Readonly<Record<string, { readonly value: string; readonly exportName?: string }>>;
  resources: Record<string, Resource>;
  events: StackEvent[];
  changeSets: Record<string, ChangeSet>;
  isProtected: boolean;
};

export type AccessKey = {
  readonly id: string;
  readonly secret: string;
  readonly userName: string;
  readonly createdAt: number;
  active: boolean;
  /** Epoch ms and the service; absent: never used. */
  lastUsed?: { readonly at: number; readonly service: string };
};

export type RuntimeVersion = { readonly version: string; readonly properties: JsonObject };

export type Runtime = {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  versions: RuntimeVersion[];
  /** The versions of the endpoints by name. */
  endpoints: Record<string, string>;
};

export type Secret = { readonly arn: string; readonly name: string; versionId: string; value: string; puts: number };

export type AccountState = {
  stacks: Record<string, Stack>;
  /** By physical id. What was retained stays here after its stack is gone. */
  retained: Record<string, Resource>;
  accessKeys: Record<string, AccessKey>;
  runtimes: Record<string, Runtime>;
  secrets: Record<string, Secret>;
  serial: number;
};

export function emptyAccount(): AccountState {
  return { stacks: {}, retained: {}, accessKeys: {}, runtimes: {}, secrets: {}, serial: 0 };
}

/** Every resource of every stack that is there now, and what was retained. */
export function resourcesOf(state: AccountState): readonly Resource[] {
  const live = Object.values(state.stacks).flatMap((stack) => Object.values(stack.resources));
  return [...live, ...Object.values(state.retained)];
}

/** The resource of `type` with this physical id. */
export function findResource(state: AccountState, type: string, physicalId: string): Resource | undefined {
  return resourcesOf(state).find((resource) => resource.type === type && resource.physicalId === physicalId);
}
