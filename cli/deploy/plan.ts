/** What a run is going to do, as data: the same for people, for scripts, and for a test. Pure. */
import type { Variables } from "../../local/variables.ts";
import type { WorkerVersion } from "./cloudflare.ts";
import { RELAY_SECRET } from "./variables.ts";
import { type PlannedResource, planResources, type Template } from "./template.ts";
import type { DeploySettings } from "./settings.ts";
import type { Mode, Step, StepId } from "./step.ts";

export type PlannedVariable = {
  readonly name: string;
  readonly value: string;
  /** Null: the account was not asked, or the value is made by the deployment. */
  readonly change: "add" | "change" | "same" | null;
};

export type Plan = {
  readonly mode: Mode;
  readonly name: string;
  readonly region: string;
  readonly url: string | null;
  readonly release: string;
  /** Null: nobody was asked. */
  readonly awsAccountId: string | null;
  readonly cloudflareAccountId: string | null;
  readonly resources: readonly PlannedResource[];
  readonly accountSecrets: readonly string[];
  readonly worker: {
    readonly variables: readonly PlannedVariable[];
    readonly secrets: readonly string[];
    readonly removedSecrets: readonly string[];
    readonly durableObjects: readonly string[];
    readonly crons: readonly string[];
  };
  readonly steps: readonly { readonly id: StepId; readonly title: string }[];
  readonly notes: readonly string[];
};

export type PlanParts = {
  readonly mode: Mode;
  readonly settings: DeploySettings;
  readonly release: string;
  /** Null: it is left as it is. */
  readonly template: Template | null;
  /** Undefined: the account was not asked; null: nothing is deployed. */
  readonly deployedTemplate: unknown;
  readonly live: WorkerVersion | null | undefined;
  readonly accounts: { readonly aws: string; readonly cloudflare: string } | null;
  readonly url: string | null;
  readonly variables: Variables;
  /** The names of the Worker's secrets. */
  readonly secrets: readonly string[];
  readonly worker: { readonly durableObjects: readonly string[]; readonly crons: readonly string[] };
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
};

export function makePlan(parts: PlanParts): Plan {
  const { settings, live } = parts;
  return {
    mode: parts.mode,
    name: settings.name,
    region: settings.region,
    url: parts.url,
    release: parts.release,
    awsAccountId: parts.accounts?.aws ?? null,
    cloudflareAccountId: parts.accounts?.cloudflare ?? null,
    resources: parts.template === null ? [] : planResources(parts.template, parts.deployedTemplate),
    accountSecrets: Object.keys(settings.variables.accountSecrets),
    worker: {
      variables: Object.entries(parts.variables).map(([name, value]) => ({
        name,
        value,
        change: changeOf(live, name, value),
      })),
      secrets: parts.secrets.toSorted(),
      removedSecrets: staleSecrets(live ?? null, parts.secrets),
      ...parts.worker,
    },
    steps: parts.steps.map(({ id, title }) => ({ id, title })),
    notes: parts.notes,
  };
}

/** Secrets that the Worker still has though nothing sets them: it is all ours. The relay's is the step relay_key's. */
export function staleSecrets(live: WorkerVersion | null, wanted: readonly string[]): readonly string[] {
  return (live?.secretNames ?? []).filter((name) => name !== RELAY_SECRET && !wanted.includes(name)).toSorted();
}

/** Values that only the deployment makes are shown in angle brackets until they are there. */
function isOpen(value: string): boolean {
  return value.startsWith("<");
}

function changeOf(live: PlanParts["live"], name: string, value: string): PlannedVariable["change"] {
  if (live === undefined || isOpen(value)) return null;
  const before = live?.plain[name];
  if (before === undefined) return "add";
  return before === value ? "same" : "change";
}
