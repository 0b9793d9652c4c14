/**
 * What runs behind the account once a stack of ours is there: the laptop's AWS, with the agent that was uploaded, under
 * the names that the stack has made, and its versions and endpoint as the account holds them.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../../local/aws/log.ts";
import { type LocalAws, startLocalAws } from "../../../local/aws/server.ts";
import type { AwsCredentials } from "../../../protocol/invocation.ts";
import type { Assets } from "./assets.ts";
import { listOf, objectAt, textAt, textOf } from "./json.ts";
import type { Place } from "./resources.ts";
import type { AccountState, Runtime, RuntimeVersion, Stack } from "./state.ts";
import { unzip } from "./unzip.ts";

export type DeployedOptions = Place & {
  readonly state: AccountState;
  readonly assets: Assets;
  readonly admin: AwsCredentials;
  /** Unpacked agents, their session store, objects. */
  readonly folder: string;
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  readonly log: Log;
};

export class Deployed {
  readonly #options: DeployedOptions;
  #aws: LocalAws | null = null;
  #arn = "";
  #published = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DeployedOptions) {
    this.#options = options;
  }

  /** Where it listens, with every version and the endpoint as they are now; null: nothing was deployed yet. */
  url(): Promise<string | null> {
    const next = this.#last.catch(() => {}).then(() => this.#catchUp());
    this.#last = next;
    return next;
  }

  /** Null before the first request that needs it. */
  get aws(): LocalAws | null {
    return this.#aws;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#aws?.stop();
    this.#aws = null;
  }

  async #catchUp(): Promise<string | null> {
    const [runtime] = Object.values(this.#options.state.runtimes);
    // A stack that is gone may have left its bucket, which can still be asked.
    if (!runtime) return this.#aws?.url ?? null;
    if (runtime.arn !== this.#arn) await this.#start(runtime);
    for (const version of runtime.versions.slice(this.#published)) {
      this.#aws?.publish({ agentEntry: this.#unpack(runtime, version), environment: this.#environment() });
      this.#published += 1;
    }
    for (const [name, version] of Object.entries(runtime.endpoints)) this.#aws?.pointEndpoint(name, version);
    return this.#aws?.url ?? null;
  }

  async #start(runtime: Runtime): Promise<void> {
    const { state, admin, accountId, region, folder, log } = this.#options;
    const [first] = runtime.versions;
    const stack = Object.values(state.stacks).find((each) => each.outputs["RuntimeArn"]?.value === runtime.arn);
    if (!first || !stack) return;
    await this.#aws?.stop();
    this.#aws = await startLocalAws({
      port: 0,
      stateDir: join(folder, "aws"),
      accountId,
      region,
      runtimeArn: runtime.arn,
      dataRoleArn: outputOf(stack, "DataRoleArn"),
      bucket: outputOf(stack, "BucketName"),
      bucketVersions: true,
      credentials: admin,
      moreIdentities: (id, token) => {
        const key = token === undefined ? state.accessKeys[id] : undefined;
        if (!key?.active) return null;
        return { principal: { kind: "account" }, credentials: { accessKeyId: id, secretAccessKey: key.secret } };
      },
      agentEntry: this.#unpack(runtime, first),
      nodePath: process.execPath,
      processMax: 4,
      spares: 0,
      agentEnvironment: this.#environment(),
      log,
    });
    this.#arn = runtime.arn;
    this.#published = 1;
  }

  #environment(): Readonly<Record<string, string>> {
    return this.#options.agentEnvironment ?? {};
  }

  #unpack(runtime: Runtime, { version, properties }: RuntimeVersion): string {
    const code = objectAt(objectAt(properties, "AgentRuntimeArtifact"), "CodeConfiguration");
    const { Bucket, Prefix } = objectAt(objectAt(code, "Code"), "S3");
    const zip = this.#options.assets.get(textOf(Bucket), textOf(Prefix));
    if (!zip) throw new Error(`version ${version} names code that was not uploaded`);
    const folder = join(this.#options.folder, "code", runtime.id, version);
    mkdirSync(folder, { recursive: true });
    unzip(zip, folder);
    return join(folder, textOf(listOf(code["EntryPoint"])[0]));
  }
}

function outputOf(stack: Stack, name: string): string {
  return textAt(stack.outputs[name], "value") ?? "";
}
