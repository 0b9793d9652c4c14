/** What `npm run destroy` takes away, in words. Pure. */
import type { BucketCount } from "./destroy-data.ts";

/** What is there of a deployment; null, or empty: it is not. */
export type Doomed = {
  readonly name: string;
  readonly hasWorker: boolean;
  readonly hasStack: boolean;
  readonly keys: readonly string[];
  readonly bucket: { readonly name: string; readonly count: BucketCount } | null;
  /** `items`: as DynamoDB knew some hours ago. */
  readonly table: { readonly name: string; readonly items: number } | null;
  readonly channels: { readonly telegram: boolean; readonly discord: boolean };
  /** Tells of each cloud that was not asked at its own address. */
  readonly elsewhere: readonly string[];
};

export type DestroyOptions = { readonly keepsData: boolean; readonly exports: boolean };

export type DestroyPlan = {
  readonly name: string;
  readonly goes: readonly string[];
  readonly stays: readonly string[];
  /** Null: nothing is exported. */
  readonly exportTo: string | null;
  readonly notes: readonly string[];
};

/** Everything that goes and stays, each with what is in it. */
export function planDestruction(doomed: Doomed, options: DestroyOptions, exportTo: string): DestroyPlan {
  const data = dataLines(doomed);
  const memory = "what this machine remembers of the deployment";
  return {
    name: doomed.name,
    goes: [...workerLines(doomed), ...stackLines(doomed), ...(options.keepsData ? [] : [...data, memory])],
    stays: [...(options.keepsData ? data : []), ...leftLines(doomed)],
    exportTo: isExported(doomed, options) ? exportTo : null,
    notes: doomed.elsewhere,
  };
}

/** Whether neither account has anything of it. */
export function isNothing({ hasWorker, hasStack, keys, bucket, table }: Doomed): boolean {
  return !hasWorker && !hasStack && keys.length === 0 && bucket === null && table === null;
}

/** `names`: the deployments that this machine knows. */
export function nothingThere(name: string, names: readonly string[]): string {
  const known = names.length === 0 ? "none" : names.join(", ");
  return `nothing by the name ${name} is in these accounts and this region (known here: ${known}); set DEPLOY_NAME, AWS_REGION`;
}

/** Whether there is anything to export. */
export function isExported({ hasWorker, bucket, table }: Doomed, options: DestroyOptions): boolean {
  return options.exports && (hasWorker || bucket !== null || table !== null);
}

function workerLines({ name, hasWorker, channels }: Doomed): readonly string[] {
  if (!hasWorker) return [];
  return [
    ...(channels.telegram ? ["Telegram: the webhook of the bot (the bot itself stays)"] : []),
    ...(channels.discord ? ["Discord: the interactions endpoint (the application itself stays)"] : []),
    `the Worker ${name} with its Durable Objects: the state of all chats, people, settings, jobs`,
  ];
}

function stackLines({ name, hasStack, keys }: Doomed): readonly string[] {
  const parts = "the agent's runtime and its log group, what its memory and browser hold, the secret, roles and users";
  return [...keys.map((id) => `the access key ${id}`), ...(hasStack ? [`the stack ${name}: ${parts}`] : [])];
}

function leftLines({ channels }: Doomed): readonly string[] {
  return [
    ...(channels.discord ? ["the commands that are registered at Discord, until the application is deleted"] : []),
    "the stack CDKToolkit, and what the CDK uploaded: other stacks may use it",
  ];
}

function dataLines({ bucket, table }: Doomed): readonly string[] {
  const lines: string[] = [];
  if (bucket !== null) {
    const { objects, versions, bytes } = bucket.count;
    lines.push(`the bucket ${bucket.name}: ${objects} objects, ${versions} versions, ${bytes} bytes`);
  }
  if (table !== null) lines.push(`the table ${table.name}: about ${table.items} items, as counted some hours ago`);
  return lines;
}

const NOT_EXPORTED =
  "Not exported: what AgentCore Memory has learned, the ledger, dead letters, usage, and logs. Look at them before.";

/** For people. */
export function renderDestruction({ name, goes, stays, exportTo, notes }: DestroyPlan): readonly string[] {
  return [
    "",
    `This removes the deployment ${name} for good:`,
    ...goes.map((line) => `  - ${line}`),
    "It leaves:",
    ...stays.map((line) => `  - ${line}`),
    exportTo === null ? "Nothing is exported first." : `First it is exported to ${exportTo}`,
    ...(exportTo === null ? [] : [NOT_EXPORTED]),
    ...notes.map((note) => `Note: ${note}`),
    "",
  ];
}
