/** A CloudFormation template as far as a plan shows it: its resources, and how they differ from those that are deployed. Pure. */
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";

const resources = v.record(v.string(), v.looseObject({ Type: v.string() }));

export const template = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ Resources: resources, Parameters: v.optional(v.record(v.string(), v.unknown()), {}) }),
);

export type Template = v.InferOutput<typeof template>;

export type ResourceChange = "create" | "change" | "remove" | "same";

export type PlannedResource = {
  readonly logicalId: string;
  readonly type: string;
  /** Null: the account was not asked. */
  readonly change: ResourceChange | null;
};

const deployed = v.object({ Resources: resources });

/** What becomes of each resource. `current` is a deployed template, null when there is none, undefined when nobody asked. */
export function planResources(wanted: Template, current: unknown): readonly PlannedResource[] {
  const now = v.safeParse(deployed, current);
  const before = now.success ? now.output.Resources : {};
  const planned = Object.entries(wanted.Resources).map(([logicalId, resource]): PlannedResource => {
    const change = current === undefined ? null : changeOf(before[logicalId], resource);
    return { logicalId, type: resource.Type, change };
  });
  const removed = Object.entries(before)
    .filter(([logicalId]) => !Object.hasOwn(wanted.Resources, logicalId))
    .map(([logicalId, { Type }]): PlannedResource => ({ logicalId, type: Type, change: "remove" }));
  return [...planned, ...removed].toSorted((a, b) => compare(`${a.type} ${a.logicalId}`, `${b.type} ${b.logicalId}`));
}

/** Whether deploying the template would change nothing. */
export function isSameTemplate(wanted: Template, current: unknown): boolean {
  return isDeepStrictEqual(wanted, { Parameters: {}, ...(typeof current === "object" && current) });
}

function changeOf(before: unknown, wanted: object): ResourceChange {
  if (before === undefined) return "create";
  return isDeepStrictEqual(before, wanted) ? "same" : "change";
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
