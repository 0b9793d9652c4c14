/** Tells the chat platforms where the Worker is, and which commands it has; the Worker does it, which has their tokens. */
import * as v from "valibot";
import { type Address } from "../../address.ts";
import { askAdmin, type Change } from "../../admin-api.ts";
import { commandsAnswer, hasChanges } from "../../discord-commands.ts";
import { addressOf } from "../deployed-address.ts";
import { DeployError } from "../deploy-error.ts";
import type { Step } from "../step.ts";

/** Discord tries an endpoint before it answers, with up to two calls of three seconds. */
const SET_MAX_MS = 30_000;

const webhookSet = v.object({ url: v.string(), commandsProblem: v.optional(v.nullable(v.string()), null) });

/** Each time: nobody can read back which secret a webhook was set with. */
export const setTelegram: Step = {
  id: "telegram",
  title: "Telegram: set the webhook and the menus",
  async run({ facts, tell }) {
    const answer = await change(addressOf(facts), "/admin/api/telegram/webhook", { method: "PUT", body: {} });
    const { url, commandsProblem } = v.parse(webhookSet, answer);
    tell(`messages go to ${url}`);
    if (commandsProblem !== null) tell(`the menus could not be set: ${commandsProblem}`);
    return {};
  },
};

const discordState = v.object({
  endpoint: v.object({ isOurs: v.nullable(v.boolean()) }),
  installLink: v.optional(v.nullable(v.string()), null),
});

export const setDiscord: Step = {
  id: "discord",
  title: "Discord: register the commands and set the interactions endpoint",
  async run({ facts, tell }) {
    const address = addressOf(facts);
    const { changes } = v.parse(commandsAnswer, await read(address, "/admin/api/discord/commands"));
    if (hasChanges(changes)) {
      await change(address, "/admin/api/discord/commands", { method: "PUT" });
      tell("the commands are registered");
    }
    const { endpoint, installLink } = v.parse(discordState, await read(address, "/admin/api/discord"));
    if (endpoint.isOurs !== true) {
      await change(address, "/admin/api/discord/endpoint", { method: "PUT", body: {} });
      tell("commands and buttons go to the Worker");
    }
    if (facts.settings.channels.discordGateway) {
      await change(address, "/admin/api/discord/gateway/watch", { method: "POST" });
      tell("the socket of the Gateway is asked for");
    }
    if (installLink !== null) tell(`invite the bot: ${installLink}`);
    return {};
  },
};

async function read(address: Address, path: string): Promise<unknown> {
  return await settled(askAdmin(address, path, { timeoutMs: SET_MAX_MS }));
}

async function change(address: Address, path: string, how: Change): Promise<unknown> {
  return await settled(askAdmin(address, path, { timeoutMs: SET_MAX_MS, ...how }));
}

async function settled(asked: ReturnType<typeof askAdmin>): Promise<unknown> {
  const answer = await asked;
  if (answer.ok) return answer.value;
  throw new DeployError(answer.error.message, ...(answer.error.reasons ?? []));
}
