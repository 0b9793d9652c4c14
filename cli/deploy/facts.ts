/** What a run knows so far. Steps learn it from the clouds, never from what an earlier run has written down. */
import * as v from "valibot";
import { STACK_OUTPUTS, type StackOutput } from "../../protocol/deployment.ts";
import type { AwsAccount, StackState } from "./account.ts";
import type { Assembly } from "./cdk.ts";
import type { Cloudflare, WorkerVersion } from "./cloudflare.ts";
import { DeployError } from "./deploy-error.ts";
import type { DeploymentFile } from "./deployment-file.ts";
import type { EarlierRelease } from "./earlier-release.ts";
import type { DeploySettings } from "./settings.ts";

export type Outputs = Readonly<Record<StackOutput, string>>;

/** The key with which the Worker reaches AWS. */
export type RelayKey = {
  readonly id: string;
  /** Null: the Worker has it already, and nobody else. */
  readonly secret: string | null;
};

/** Both accounts, and what is there of the deployment. */
export type Accounts = {
  readonly aws: AwsAccount;
  readonly awsAccountId: string;
  readonly awsIdentity: string;
  readonly cloudflare: Cloudflare;
  readonly cloudflareAccountId: string;
  readonly url: string;
  /** Null: the CDK has never been used in this account and region. */
  readonly bootstrapVersion: number | null;
};

export type Built = { readonly release: string; readonly assembly: Assembly };

export type Facts = {
  readonly root: string;
  readonly stateDir: string;
  readonly settings: DeploySettings;
  readonly file: DeploymentFile;
  readonly accounts?: Accounts;
  readonly built?: Built;
  /** Null: there is none. */
  readonly stack?: StackState | null;
  /** The version of the Worker that takes the requests; null: there is no Worker. */
  readonly live?: WorkerVersion | null;
  readonly key?: RelayKey;
  /** What a roll back goes to. */
  readonly earlier?: EarlierRelease;
  /** The release that is to answer. */
  readonly release?: string;
};

/** `value`, which a step before has learned. */
export function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`invariant broken: ${what} is not known yet`);
  return value;
}

const outputs = v.object(v.entriesFromList(STACK_OUTPUTS, v.pipe(v.string(), v.minLength(1))));

/** What the stack tells. Throws if it is not there. */
export function outputsOf({ stack, settings }: Facts): Outputs {
  const parsed = v.safeParse(outputs, stack?.outputs);
  if (parsed.success) return parsed.output;
  throw new DeployError(`the stack ${settings.name} is not there, or not whole`, "run npm run deploy first");
}
