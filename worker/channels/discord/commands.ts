/** The commands that Discord offers to people, and how what it has differs from them ("Application Commands"). Pure. */
import * as v from "valibot";
import { type CommandName, type CommandPlace, commandsAt } from "../../../protocol/commands.ts";
import { cutText } from "../text/cut.ts";
import { ASK_OPTIONS, type CommandOption, described, OPTIONS, type Words } from "./commands-options.ts";

/** As Discord is told of it ("Application Command Structure"). */
export type ApplicationCommand = {
  readonly type: number;
  readonly name: string;
  readonly name_localizations?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly description_localizations?: Readonly<Record<string, string>>;
  readonly options?: readonly CommandOption[];
  readonly contexts: readonly number[];
  readonly integration_types: readonly number[];
};

/** Names of commands; of changed ones with what is different: `model (description, options)`. */
export type CommandChanges = {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
};

const TYPE = { typed: 1, message: 3 } as const;
/** "Interaction Context Types". */
const CONTEXT = { guild: 0, direct: 1, private: 2 } as const;
const EVERYWHERE = [CONTEXT.guild, CONTEXT.direct, CONTEXT.private];
/** "Application Integration Types": added to a guild, or to somebody's account. */
const INSTALLED = [0, 1];
/** "Application Command Structure": description, 1-100 characters. */
const DESCRIPTION_MAX = 100;

const ASK: ApplicationCommand = {
  type: TYPE.typed,
  name: "ask",
  ...described({ en: "asks me something", de: "fragt mich etwas" }),
  options: ASK_OPTIONS,
  contexts: EVERYWHERE,
  integration_types: INSTALLED,
};

/** In the menu of a message. */
const ASK_ABOUT: ApplicationCommand = {
  type: TYPE.message,
  name: "Ask about this message",
  name_localizations: { de: "Zu dieser Nachricht fragen" },
  contexts: EVERYWHERE,
  integration_types: INSTALLED,
};

/** All commands that are to be offered, in order. */
export function wantedCommands(): readonly ApplicationCommand[] {
  return [ASK, ...typedCommands(), ASK_ABOUT];
}

/** What would change if `wanted` took the place of `current`, which is as Discord tells it. */
export function commandChanges(current: readonly unknown[], wanted: readonly ApplicationCommand[]): CommandChanges {
  const [before, after] = [byName(current), byName(wanted)];
  const names = (from: typeof before, without: typeof before) =>
    Array.from(from.values()).flatMap((command) => (without.has(keyOf(command)) ? [] : [command.name]));
  return {
    added: names(after, before),
    changed: Array.from(after.values()).flatMap((command) => {
      const old = before.get(keyOf(command));
      const fields = old ? differences(old, command) : [];
      return fields.length > 0 ? [`${command.name} (${fields.join(", ")})`] : [];
    }),
    removed: names(before, after),
  };
}

function typedCommands(): readonly ApplicationCommand[] {
  const contexts = new Map<CommandName, number[]>();
  const words = new Map<CommandName, Words>();
  const places: readonly (readonly [CommandPlace, readonly number[]])[] = [
    ["group", [CONTEXT.guild]],
    ["direct", [CONTEXT.direct]],
  ];
  for (const [place, ofPlace] of places) {
    const german = commandsAt(place, "de");
    for (const [index, { name, description: en }] of commandsAt(place, "en").entries()) {
      contexts.set(name, [...(contexts.get(name) ?? []), ...ofPlace]);
      words.set(name, { en, de: german[index]?.description ?? en });
    }
  }
  return Array.from(words, ([name, { en, de }]): ApplicationCommand => {
    const options = OPTIONS[name];
    const found = contexts.get(name) ?? [];
    return {
      type: TYPE.typed,
      name,
      ...described({ en: cutText(en, DESCRIPTION_MAX), de: cutText(de, DESCRIPTION_MAX) }),
      ...(options && { options }),
      // What works both among people and alone works in a private chat of several, too.
      contexts: found.length > 1 ? EVERYWHERE : found,
      integration_types: INSTALLED,
    };
  });
}

const localizations = v.nullish(v.record(v.string(), v.string()), {});
const numbers = v.nullish(v.array(v.number()));
const option = v.object({
  type: v.number(),
  name: v.string(),
  description: v.string(),
  description_localizations: localizations,
  required: v.nullish(v.boolean(), false),
  autocomplete: v.nullish(v.boolean(), false),
  choices: v.nullish(v.array(v.object({ name: v.string(), value: v.unknown() })), []),
});
/** What we say of a command; what Discord adds by itself is left out, and what we leave out is what it takes then. */
const command = v.object({
  type: v.nullish(v.number(), TYPE.typed),
  name: v.string(),
  name_localizations: localizations,
  description: v.nullish(v.string(), ""),
  description_localizations: localizations,
  options: v.nullish(v.array(option), []),
  contexts: numbers,
  integration_types: numbers,
});
type Known = v.InferOutput<typeof command>;

/** A command that cannot be read is none of ours, and is there by its name. */
function byName(commands: readonly unknown[]): ReadonlyMap<string, Known> {
  const read = commands.flatMap((json) => {
    const known = v.safeParse(command, json);
    if (known.success) return [known.output];
    const named = v.safeParse(v.object({ type: command.entries.type, name: v.string() }), json);
    return named.success ? [v.parse(command, named.output)] : [];
  });
  return new Map(read.map((known) => [keyOf(known), known]));
}

/** Commands of different kinds may have the same name. */
function keyOf({ type, name }: Pick<Known, "type" | "name">): string {
  return `${type} ${name}`;
}

function differences(before: Known, after: Known): string[] {
  return Object.keys(command.entries).filter(
    (field) => canonical(Reflect.get(before, field)) !== canonical(Reflect.get(after, field)),
  );
}

/** The same text for what means the same: the order of properties and numbers does not count. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner: unknown) => {
    if (Array.isArray(inner))
      return inner.every((item) => typeof item === "number") ? inner.toSorted(ascending) : inner;
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

function ascending(one: number, other: number): number {
  return one - other;
}
