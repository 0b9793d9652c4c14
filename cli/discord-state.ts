/** What an assistant says of its Discord application at `/admin/api/discord`. */
import * as v from "valibot";
import { printableLine } from "../local/terminal-text.ts";
import { commandChanges } from "./discord-commands.ts";

const time = v.number();

export const gatewayStatus = v.object({
  phase: v.picklist(["off", "waiting", "connecting", "ready", "stopped"]),
  since: time,
  hasSession: v.boolean(),
  lastEventAt: v.nullable(time),
  identifies: v.number(),
  identifiesMax: v.number(),
  resumes: v.number(),
  zombies: v.number(),
  waiting: v.number(),
  unread: v.number(),
  missed: v.number(),
  stopped: v.nullable(v.object({ reason: v.string(), code: v.nullable(v.number()) })),
});
export type GatewayState = v.InferOutput<typeof gatewayStatus>;

/** `status` is null when it is off, or did not say. */
export const gatewayAnswer = v.object({ mode: v.picklist(["on", "off"]), status: v.nullable(gatewayStatus) });
export type GatewayAnswer = v.InferOutput<typeof gatewayAnswer>;

export const discordState = v.object({
  application: v.object({
    id: v.string(),
    name: v.string(),
    /** Whether the token is of the application that the settings name. */
    isOurs: v.boolean(),
    /** Null: Discord does not say its key. */
    hasOurKey: v.nullable(v.boolean()),
  }),
  bot: v.object({ id: v.string(), username: v.string() }),
  endpoint: v.object({
    url: v.nullable(v.string()),
    /** Null: not to be told. */
    isOurs: v.nullable(v.boolean()),
    ours: v.nullable(v.string()),
    /** Why ours cannot be used. */
    problem: v.nullable(v.string()),
  }),
  intents: v.object({ messageContent: v.object({ isAsked: v.boolean(), isAllowed: v.boolean() }) }),
  groups: v.object({ policy: v.picklist(["allowlist", "open", "disabled"]), allowed: v.number() }),
  installLink: v.string(),
  commands: v.object({ changes: v.nullable(commandChanges), problem: v.nullable(v.string()) }),
  gateway: gatewayAnswer,
});
export type DiscordState = v.InferOutput<typeof discordState>;

/** `Claw (@claw-bot)`. */
export function botText({ application, bot }: Pick<DiscordState, "application" | "bot">): string {
  return printableLine(`${application.name} (@${bot.username})`);
}
