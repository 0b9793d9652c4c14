/** The secrets of the run: those that its owner sets, each with a value that is nowhere else, and those that it makes itself. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { AGENT_TOKEN } from "../../../protocol/agent-token.ts";
import type { Canary } from "./needles.ts";
import type { Exchange } from "./wire-recorder.ts";

/** What the settings hold, by variable. The signs are those that a form could change: in a URL, in JSON, in base64. */
export function ownerSecrets() {
  const canary = (name: string, signs = "") => `canary-${name}-${signs}${randomBytes(12).toString("hex")}`;
  return {
    ADMIN_TOKEN: canary("admin", "&%/+"),
    HOOKS_TOKEN: canary("hooks", '"\\/+'),
    WEBHOOK_TOKEN: canary("webhook", '"\\&+'),
    TELEGRAM_BOT_TOKEN: `424242:${canary("telegram")}`,
    TELEGRAM_WEBHOOK_SECRET: canary("telegram-webhook"),
    DISCORD_BOT_TOKEN: canary("discord", "x.y."),
    ANTHROPIC_API_KEY: canary("anthropic", "+/="),
    OPENAI_API_KEY: canary("openai", "+/="),
    AWS_SECRET_ACCESS_KEY: canary("aws", "+/="),
  } as const;
}

const NAMES: Readonly<Record<keyof ReturnType<typeof ownerSecrets>, string>> = {
  ADMIN_TOKEN: "admin token",
  HOOKS_TOKEN: "token of the hooks",
  WEBHOOK_TOKEN: "token for webhooks of jobs",
  TELEGRAM_BOT_TOKEN: "Telegram bot token",
  TELEGRAM_WEBHOOK_SECRET: "Telegram webhook secret",
  DISCORD_BOT_TOKEN: "Discord bot token",
  ANTHROPIC_API_KEY: "key of Anthropic",
  OPENAI_API_KEY: "key of OpenAI",
  AWS_SECRET_ACCESS_KEY: "AWS secret key of the edge",
};

export type OwnerSecrets = ReturnType<typeof ownerSecrets>;

/** The part of a value that is secret: what stands before it says whose it is. */
const secretPart = (value: string) => value.slice(value.indexOf("-", "canary-".length) + 1);

export function ownerCanaries(secrets: OwnerSecrets): readonly Canary[] {
  return (Object.keys(NAMES) as (keyof OwnerSecrets)[]).map((name) => ({
    secret: NAMES[name],
    value: secretPart(secrets[name]),
  }));
}

const made = v.object({
  adminToken: v.string(),
  telegramWebhookSecret: v.string(),
  awsSecretAccessKey: v.string(),
});

/** What `npm start` made for itself, though the settings say otherwise. */
export function madeSecrets(stateDir: string): readonly Canary[] {
  const file = v.parse(made, JSON.parse(readFileSync(join(stateDir, "secrets.json"), "utf8")));
  return Object.values(file).map((value) => ({ secret: "what `npm start` makes", value }));
}

const invocation = v.object({
  grants: v.object({ edge: v.optional(v.object({ token: v.string() })) }),
});
const interaction = v.object({ token: v.string() });

/** What was made while it ran: found on the wire, where it is handed over. */
export function runtimeCanaries(exchanges: readonly Exchange[]): readonly Canary[] {
  return exchanges.flatMap(({ port, address, headers, body, answer }) => {
    const found: Canary[] = [];
    const add = (secret: string, value: string | undefined) => {
      if (value !== undefined) found.push({ secret, value });
    };
    const xml = answer.toString();
    add("secret of a session", /<SecretAccessKey>([^<]+)/.exec(xml)?.[1]);
    add("token of a session", /<SessionToken>([^<]+)/.exec(xml)?.[1]);
    if (address.startsWith("/runtimes/")) {
      add("edge token of a turn", read(invocation, body)?.grants.edge?.token);
    }
    if (address === "/discord/interactions") add("token of an interaction", read(interaction, body)?.token);
    if (port === 0)
      add("token of an agent's runtime", new RegExp(`${AGENT_TOKEN.header}\\n(.+)`, "i").exec(headers)?.[1]);
    return found;
  });
}

function read<Schema extends v.GenericSchema>(schema: Schema, body: Buffer): v.InferOutput<Schema> | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), body.toString());
  return parsed.success ? parsed.output : null;
}
