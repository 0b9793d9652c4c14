/** The commands that the bot has registered, everywhere and in single guilds. */
import { checkCommands } from "./command-check.ts";
import { refusal } from "./failure.ts";
import { flagsOf, type Json, objectsOf, textOf } from "./json.ts";

/** "Registering a Command": 200 creates a day and guild. */
const CREATES_MAX = 200;
const DAY_MS = 86_400_000;

export class Commands {
  readonly #now: () => number;
  readonly #nextId: () => string;
  readonly #applicationId: string;
  /** By guild; under null those for everywhere. */
  readonly #commands = new Map<string | null, readonly Json[]>();
  readonly #creates = new Map<string | null, readonly number[]>();

  constructor(now: () => number, nextId: () => string, applicationId: string) {
    this.#now = now;
    this.#nextId = nextId;
    this.#applicationId = applicationId;
  }

  list(guildId: string | null): readonly Json[] {
    return this.#commands.get(guildId) ?? [];
  }

  /** What somebody can use in a guild, or with null in private: those of the guild first. */
  offered(guildId: string | null): readonly Json[] {
    return guildId === null ? this.list(null) : [...this.list(guildId), ...this.list(null)];
  }

  /** "Bulk Overwrite": those that are left out are gone. Throws Discord's refusal. */
  overwrite(guildId: string | null, bodies: readonly Json[]): readonly Json[] {
    checkCommands(bodies);
    const before = this.list(guildId);
    const same = (body: Json) => before.find((known) => keyOf(known) === keyOf(body));
    this.#count(guildId, bodies.filter((body) => !same(body)).length);
    const commands = bodies.map((body) => this.#stored(body, guildId, same(body)));
    this.#commands.set(guildId, commands);
    return commands;
  }

  #count(guildId: string | null, added: number): void {
    const now = this.#now();
    const recent = (this.#creates.get(guildId) ?? []).filter((at) => now - at < DAY_MS);
    if (recent.length + added > CREATES_MAX) throw refusal("tooManyCreates");
    this.#creates.set(guildId, [...recent, ...Array.from({ length: added }, () => now)]);
  }

  /** As Discord answers it later: with what was not said, and without what says nothing. */
  #stored(body: Json, guildId: string | null, before: Json | undefined): Json {
    const { id: _id, options, ...said } = body;
    const listed = objectsOf(options).map(({ required, autocomplete, ...option }) => ({
      ...option,
      ...(required === true && { required }),
      ...(autocomplete === true && { autocomplete }),
    }));
    const stored = {
      application_id: this.#applicationId,
      default_member_permissions: null,
      type: 1,
      description: "",
      name_localizations: null,
      description_localizations: null,
      dm_permission: true,
      contexts: null,
      integration_types: [0],
      nsfw: false,
      ...(guildId !== null && { guild_id: guildId }),
      ...said,
      ...(listed.length > 0 && { options: listed }),
    };
    const { id: oldId, version: oldVersion, ...old } = before ?? {};
    const isSame = before !== undefined && JSON.stringify(sorted(old)) === JSON.stringify(sorted(stored));
    return { id: oldId ?? this.#nextId(), ...stored, version: isSame ? oldVersion : this.#nextId() };
  }
}

/** Commands of different kinds may have the same name. */
function keyOf(command: Json): string {
  return `${flagsOf(command["type"]) || 1} ${textOf(command["name"])}`;
}

function sorted(json: Json): Json {
  return Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1)));
}
