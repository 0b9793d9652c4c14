/** `/think`, `/usage`, `/queue` and `/activation`: what a session can be set to, and what it is set to now. Pure. */
import {
  ACTIVATIONS,
  type Language,
  QUEUE_MODES,
  type SessionPolicy,
  THINKING_LEVELS,
  USAGE_FOOTERS,
} from "../../protocol/access.ts";
import { assertNever } from "../../protocol/assert.ts";
import type { CommandName } from "../../protocol/commands.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { SettingName, Texts } from "../../protocol/texts/texts.ts";
import type { Said } from "./command-said.ts";
import type { SessionSettings } from "./settings.ts";

const COMMANDS: Readonly<Record<SettingName, CommandName>> = {
  thinking: "think",
  usage: "usage",
  queue: "queue",
  activation: "activation",
};
const CHOICES: Readonly<Record<SettingName, readonly string[]>> = {
  thinking: THINKING_LEVELS,
  usage: USAGE_FOOTERS,
  queue: QUEUE_MODES,
  activation: ACTIVATIONS,
};
/** What follows a command to go back to what the configuration says. */
const DEFAULT = "default";
const BUTTONS_PER_ROW = 3;

/** What a setting becomes by what follows its command; null: that is none of the choices. */
export function settingChange(setting: SettingName, to: string): Partial<SessionSettings> | null {
  switch (setting) {
    case "thinking":
      return changeOf(THINKING_LEVELS, to, (thinking) => ({ thinking }));
    case "usage":
      return changeOf(USAGE_FOOTERS, to, (usage) => ({ usage }));
    case "queue":
      return changeOf(QUEUE_MODES, to, (queue) => ({ queue }));
    case "activation":
      return changeOf(ACTIVATIONS, to, (activation) => ({ activation }));
    default:
      return assertNever(setting);
  }
}

function changeOf<T extends string>(
  choices: readonly T[],
  to: string,
  change: (value: T | null) => Partial<SessionSettings>,
): Partial<SessionSettings> | null {
  if (to === DEFAULT) return change(null);
  const value = choices.find((choice) => choice === to);
  return value === undefined ? null : change(value);
}

/** How a setting is, in one line. */
export function renderSetting(
  setting: SettingName,
  settings: SessionSettings,
  policy: SessionPolicy,
  language: Language,
): string {
  const texts = textsFor(language).settings;
  const origin = settings[setting] === null ? texts.byDefault : texts.setHere;
  const [value, meaning] = currentOf(setting, settings, policy, texts);
  return texts.isNow({ name: texts.name[setting], value: `${inlineCode(value)}, ${meaning}`, origin });
}

function currentOf(
  setting: SettingName,
  settings: SessionSettings,
  { access, behaviour }: SessionPolicy,
  { meaning }: Texts["settings"],
): readonly [string, string] {
  switch (setting) {
    case "thinking": {
      const value = settings.thinking ?? behaviour.thinking;
      return [value, meaning.thinking[value]];
    }
    case "usage": {
      const value = settings.usage ?? behaviour.usage;
      return [value, meaning.usage[value]];
    }
    case "queue": {
      const value = settings.queue ?? behaviour.queue;
      return [value, meaning.queue[value]];
    }
    case "activation": {
      const value = settings.activation ?? (access.kind === "group" ? access.activation : "always");
      return [value, meaning.activation[value]];
    }
    default:
      return assertNever(setting);
  }
}

/** What can follow the command, and a button for each if `mayChange`. */
export function renderChoices(setting: SettingName, mayChange: boolean, language: Language): Said {
  const { change } = textsFor(language).settings;
  if (!mayChange) return { text: "" };
  const values = [...CHOICES[setting], DEFAULT];
  const buttons = values.map(
    (value) => ({ label: value, value: `/${COMMANDS[setting]} ${value}`, isCommand: true }) as const,
  );
  const rows = Array.from({ length: Math.ceil(buttons.length / BUTTONS_PER_ROW) }, (_, row) =>
    buttons.slice(row * BUTTONS_PER_ROW, (row + 1) * BUTTONS_PER_ROW),
  );
  return { text: change(typed(setting)), buttons: rows };
}

/** How the command of a setting is typed, with all that can follow it. */
export function typed(setting: SettingName): string {
  return inlineCode(`/${COMMANDS[setting]} ${[...CHOICES[setting], DEFAULT].join("|")}`);
}
