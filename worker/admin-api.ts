/** What the owner can ask of a deployment: `/admin/api/*`, behind the admin token. Never a secret; what was said only in transcripts. */
import { Hono } from "hono";
import { type AgentConfig, DM_CHANNELS } from "../protocol/agent-config.ts";
import type { PersonSummary } from "../protocol/people.ts";
import { agentRpcUrl } from "./agent-rpc-url.ts";
import { type Config, type ModelKeys, readConfig } from "./config.ts";
import { createConfigurationApi } from "./configuration-api.ts";
import { createModelKeySource } from "./credentials/model-key-source.ts";
import { createDiscordAdmin, discordMissing } from "./discord-admin.ts";
import { createHeartbeatApi } from "./heartbeat-api.ts";
import { createJobsApi } from "./jobs-api.ts";
import { createLedgerApi } from "./ledger-api.ts";
import { modelGrants } from "./model-keys.ts";
import { agentDirectory, discordGateway, jobScheduler } from "./objects.ts";
import { createPairingApi } from "./pairing-api.ts";
import { createPeopleApi } from "./people-api.ts";
import { onTick } from "./scheduled.ts";
import { createTelegramAdmin } from "./telegram-admin.ts";
import { createTranscriptApi } from "./transcript-api.ts";
import { createUsageApi } from "./usage-api.ts";

/** The only agent of this version; its id is a parameter everywhere else. */
const AGENT = "main";

/** Builds the admin API's routes. */
export function createAdminApi() {
  const api = new Hono<{ Bindings: Env }>();

  api.get("/status", async (c) => {
    const config = readConfig(c.env);
    const directory = agentDirectory(c.env, AGENT, config);
    const [deadLetters, jobs, { effective }, people, keys] = await Promise.all([
      directory.countDeadLetters(),
      jobScheduler(c.env, AGENT, config).schedulerStatus(),
      directory.configuration(),
      directory.listPeople(),
      // Keys that cannot be read just now are none that a turn could use.
      createModelKeySource(config)
        .current(Date.now())
        .catch(() => null),
    ]);
    const described = describe(config, effective, people, discordMissing(c.env));
    return c.json({ ...described, modelKeys: namesOf(keys, effective), deadLetters, jobs });
  });

  api.get("/sessions", async (c) => {
    const sessions = await agentDirectory(c.env, AGENT, readConfig(c.env)).listSessions();
    return c.json({ sessions });
  });

  api.route("/", createLedgerApi(AGENT));
  api.route("/", createTranscriptApi(AGENT));
  api.route("/", createJobsApi(AGENT));
  api.route("/usage", createUsageApi(AGENT));
  api.route("/heartbeat", createHeartbeatApi(AGENT));
  api.route("/pairings", createPairingApi(AGENT));
  api.route("/people", createPeopleApi(AGENT));
  api.route("/config", createConfigurationApi(AGENT));
  api.route(
    "/telegram",
    createTelegramAdmin(async (env: Env, config) => {
      const directory = agentDirectory(env, AGENT, config);
      const [{ effective }, people] = await Promise.all([directory.configuration(), directory.listPeople()]);
      return { config: effective, people };
    }),
  );

  api.route(
    "/discord",
    createDiscordAdmin({
      gatewayOf: (env: Env, config) => discordGateway(env, config.discord.applicationId, config),
      readAgentConfig: async (env, config) => (await agentDirectory(env, AGENT, config).configuration()).effective,
    }),
  );

  api.post("/tick", async (c) => {
    await onTick(c.env, Date.now());
    return c.json({ ticked: true });
  });

  api.notFound((c) => c.json({ error: "not_found" }, 404));
  return api;
}

/** Whether running turns can plan anything. */
function remindersOf(config: Config): string {
  const url = agentRpcUrl(config);
  return url.ok ? "on" : `off: the agent does not reach the edge: ${url.error}`;
}

function describe(
  config: Config,
  { access, models }: AgentConfig,
  people: readonly PersonSummary[],
  missingOfDiscord: string | null,
) {
  const { deployment, release, telegram, hooksToken, runtime } = config;
  const missing = (variables: string) => `off: ${variables} not set`;
  const owner = people.find(({ role }) => role === "owner");
  return {
    deployment,
    release,
    channels: {
      telegram: telegram ? "on" : missing("TELEGRAM_BOT_TOKEN or TELEGRAM_WEBHOOK_SECRET is"),
      discord: missingOfDiscord === null ? "on" : `off: ${missingOfDiscord}`,
      web: "on",
    },
    reminders: remindersOf(config),
    hooks: hooksToken === null ? missing("HOOKS_TOKEN is") : "on",
    access: {
      dm: Object.fromEntries(DM_CHANNELS.map((channel) => [channel, access.dm[channel] ?? access.dmPolicy])),
      group: access.groupPolicy,
      owner: owner?.peers[0]?.peer ?? owner?.personId ?? null,
    },
    runtime: { endpoint: runtime.endpoint, arn: runtime.arn, region: runtime.region },
    model: models.default,
  };
}

/** The providers whose keys turns get. */
function namesOf(keys: ModelKeys | null, { models }: AgentConfig): readonly string[] {
  return keys === null ? [] : Object.keys(modelGrants(keys, [models.default ?? "", ...models.fallbacks]));
}
