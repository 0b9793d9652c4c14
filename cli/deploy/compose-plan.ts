/** Gathers what a plan is made of: what was built, what is there, what the settings say. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import * as v from "valibot";
import type { StackOutput } from "../../protocol/deployment.ts";
import { STATE_SCHEMAS } from "../../local/state-version.ts";
import type { Variables } from "../../local/variables.ts";
import { type Facts, known, type Outputs } from "./facts.ts";
import { makePlan, type Plan } from "./plan.ts";
import type { Mode, Step } from "./step.ts";
import { RELAY_SECRET } from "./variables.ts";
import { plainVariables, workerSecrets } from "./worker-settings.ts";

const wranglerToml = v.object({
  durable_objects: v.object({ bindings: v.array(v.object({ class_name: v.string() })) }),
  triggers: v.optional(v.object({ crons: v.array(v.string()) }), { crons: [] }),
});

/** The plan of a run: exact where the accounts were asked, and the same without them but for what only they know. */
export function composePlan(mode: Mode, facts: Facts, steps: readonly Step[], notes: readonly string[]): Plan {
  const { root, settings, accounts, stack, live, file } = facts;
  const release = known(facts.release, "release");
  const toml = v.parse(wranglerToml, parse(readFileSync(join(root, "wrangler.toml"), "utf8")));
  const url = accounts?.url ?? settings.publicUrl;
  return makePlan({
    mode,
    settings,
    release,
    template: facts.built?.assembly.template ?? null,
    deployedTemplate: accounts === undefined ? undefined : (stack?.template ?? null),
    live,
    accounts: accounts === undefined ? null : { aws: accounts.awsAccountId, cloudflare: accounts.cloudflareAccountId },
    url,
    variables: variablesOf(facts, release, url),
    secrets: [...Object.keys(workerSecrets(settings, file)), RELAY_SECRET],
    worker: {
      durableObjects: toml.durable_objects.bindings.map((binding) => binding.class_name),
      crons: toml.triggers.crons,
    },
    steps,
    notes: [...settings.elsewhere, ...notes, ...noteOnBootstrap(facts)],
  });
}

/** As the step `worker` will set them; what nobody knows yet stands in angle brackets. */
function variablesOf({ settings, live, stack }: Facts, release: string, url: string | null): Variables {
  return plainVariables({
    settings,
    url: url ?? `<https://${settings.name}.SUBDOMAIN.workers.dev>`,
    release,
    relayKeyId: live?.plain["AWS_ACCESS_KEY_ID"] ?? "<made by the step relay_key>",
    outputs: outputsOrNames(stack?.outputs ?? {}),
    schemas: STATE_SCHEMAS,
  });
}

/** What the stack tells, and the name of the output where it tells nothing yet. */
function outputsOrNames(outputs: Readonly<Record<string, string>>): Outputs {
  const of = (name: StackOutput) => outputs[name] ?? `<${name} of the stack>`;
  return {
    RuntimeArn: of("RuntimeArn"),
    RuntimeVersion: of("RuntimeVersion"),
    LiveVersion: of("LiveVersion"),
    EndpointName: of("EndpointName"),
    TableName: of("TableName"),
    BucketName: of("BucketName"),
    MemoryId: of("MemoryId"),
    BrowserId: of("BrowserId"),
    DataRoleArn: of("DataRoleArn"),
    RelayUserName: of("RelayUserName"),
    SecretArn: of("SecretArn"),
  };
}

function noteOnBootstrap({ accounts, built }: Facts): readonly string[] {
  if (accounts === undefined || (accounts.bootstrapVersion ?? 0) >= (built?.assembly.bootstrapVersion ?? 0)) return [];
  return ["This AWS account has not been prepared for the CDK in this region: the stack CDKToolkit is made first."];
}
