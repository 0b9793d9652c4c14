/** What single settings may be, wherever they come from: the environment or a configuration document. Pure. */
import type { ChannelId } from "./session-key.ts";

/** `provider/model`; `bedrock` is short for `amazon-bedrock`. */
const MODEL = /^(?:anthropic|openai|amazon-bedrock|bedrock|offline)\/\S+$/;
/** What a platform can show as a reaction begins with. */
const EMOJI = /^\p{Extended_Pictographic}/u;
/** Longest emoji in UTF-16 units: a family of four has 11, a flag of a region 14. */
const EMOJI_MAX = 16;

/** What is wrong with `<channel>:<id>` as a person or a group; null: nothing. Never repeats the text. */
export function peerProblem(text: string, kind: "person" | "group", channels: readonly ChannelId[]): string | null {
  const [channel = "", id = ""] = text.split(/:(.*)/s);
  const example = kind === "group" ? "telegram:-100123" : "telegram:123";
  if (!channels.some((known) => known === channel) || id === "") {
    return `entries look like ${example}; the channels are ${channels.join(", ")}`;
  }
  if (channel === "discord") return snowflakeProblem(id, kind);
  return channel === "telegram" ? telegramProblem(id, kind) : null;
}

/** People have positive numbers, groups and channels negative ones. */
function telegramProblem(id: string, kind: "person" | "group"): string | null {
  if (!/^-?[1-9]\d*$/.test(id)) return "Telegram ids are numbers, not names (telegram:123, groups telegram:-100123)";
  const isGroup = id.startsWith("-");
  if (kind === "group")
    return isGroup ? null : "Telegram ids of groups and channels begin with a minus (telegram:-100123)";
  return isGroup ? "people's Telegram ids have no minus (telegram:123)" : null;
}

/** Discord's ids are numbers; a group is a channel, a guild, or both, and a role stands for people. */
function snowflakeProblem(id: string, kind: "person" | "group"): string | null {
  if (kind === "group") {
    const isGroup = /^(?:(?:me|\d{1,20})\.)?\d{1,20}$/.test(id);
    return isGroup ? null : "Discord's are ids of channels or servers, not names (discord:199737254929760256)";
  }
  const isPerson = /^(?:role:)?\d{1,20}$/.test(id);
  return isPerson ? null : "people's Discord ids are numbers, not names (discord:80351110224678912)";
}

/** What is wrong with the name of a model; null: nothing. */
export function modelProblem(text: string): string | null {
  if (MODEL.test(text)) return null;
  return "must be provider/model with provider anthropic, openai or amazon-bedrock, like anthropic/claude-sonnet-5";
}

/** What is wrong with a reaction; null: nothing. */
export function reactionProblem(text: string): string | null {
  return EMOJI.test(text) && text.length <= EMOJI_MAX ? null : "must be an emoji such as 👀";
}

/** Minutes since midnight of a time of the day, `HH:MM`; null: it is none. */
export function minutesOfDay(text: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined || minutes === undefined ? null : Number(hours) * 60 + Number(minutes);
}

/** What is wrong with a time of the day; null: nothing. */
export function timeOfDayProblem(text: string): string | null {
  return minutesOfDay(text) === null ? "must be a time such as 04:00, or null for never" : null;
}

/** Words that follow `/model` and are no name of a model. */
const TAKEN_NAMES: readonly string[] = ["default", "list"];

/** What is wrong with a short name for a model; null: nothing. */
export function aliasProblem(name: string): string | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/.test(name)) return "must be up to 32 letters, digits, - or _, such as fast";
  if (/^\d+$/.test(name)) return "must not be a number: /model takes those for the place in its list";
  return TAKEN_NAMES.includes(name.toLowerCase()) ? "is a word that /model takes for something else" : null;
}

/** What is wrong with the name of a time zone; null: nothing. */
export function timezoneProblem(text: string): string | null {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return null;
  } catch {
    return "must be an IANA time zone such as Europe/Berlin";
  }
}
