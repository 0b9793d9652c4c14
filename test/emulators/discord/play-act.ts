/** Does on the emulated Discord what a line typed into `play.ts` says, or says why that cannot be. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { assertNever } from "../../../protocol/assert.ts";
import type { DiscordEmulator, Outcome, Person } from "./index.ts";
import { objectsOf, textOf } from "./json.ts";
import { FORMS, type PlayLine } from "./play-line.ts";
import { PlayScreen } from "./play-show.ts";

type Line<Kind extends PlayLine["kind"]> = Extract<PlayLine, { readonly kind: Kind }>;

export class PlayAct {
  readonly #discord: DiscordEmulator;
  readonly #screen: PlayScreen;
  readonly #print: (line: string) => void;
  readonly #guild: string;
  readonly #people = new Map<string, Person>();
  /** By the names that are typed. */
  readonly #places = new Map<string, string>();

  constructor(discord: DiscordEmulator, print: (line: string) => void) {
    this.#discord = discord;
    this.#screen = new PlayScreen(discord);
    this.#print = print;
    this.#guild = discord.addGuild({ name: "Play" });
    this.#places.set("#general", discord.addChannel(this.#guild, { name: "general" }));
  }

  /** Prints what is new in all places, also in threads that the bot has opened since. */
  show(): void {
    for (const { id, name } of this.#discord.world.places.of(this.#guild)) this.#call(id, name);
    const direct = [...this.#people.values()].map((person) => [`@${person.id}`, person.dm] as const);
    for (const [name, id] of [...this.#places, ...direct]) {
      for (const line of this.#screen.changes(name, id)) this.#print(line);
    }
  }

  /** Never rejects: prints what goes wrong. */
  async do(line: PlayLine): Promise<void> {
    try {
      const done = this.#carryOut(line);
      this.show();
      const outcome = await done;
      if (outcome) this.#tell(outcome);
    } catch (error) {
      this.#print(`     ${error instanceof Error ? error.message : String(error)}`);
    }
    this.show();
  }

  #carryOut(line: PlayLine): Promise<Outcome> | null {
    switch (line.kind) {
      case "cut":
        this.#discord.fail({ kind: "cut_after", method: "POST", route: "/channels/{channel_id}/messages" });
        return null;
      case "unknown":
        throw new Error([`${line.said} is not understood; there is:`, ...FORMS].join("\n       "));
      case "command":
        return this.#person(line).uses(line.name, this.#optionOf(line), this.#where(line));
      case "type":
        return this.#person(line).types(line.name, this.#optionName(line.name), line.rest, this.#where(line));
      case "menu":
        return this.#person(line).usesOn(this.#screen.idOf(line.message), line.name, this.#where(line));
      case "press":
        return this.#person(line).presses(this.#screen.idOf(line.message), line.label, this.#where(line));
      default:
        this.#write(line);
        return null;
    }
  }

  #write(line: Exclude<PlayLine, Line<"cut" | "unknown" | "command" | "type" | "menu" | "press">>): void {
    const person = this.#person(line);
    const where = this.#where(line);
    switch (line.kind) {
      case "say": {
        const replyTo = line.replyTo !== undefined && { replyTo: this.#screen.idOf(line.replyTo) };
        return void person.says(this.#called(line.text), { ...where, ...replyTo });
      }
      case "file": {
        const file = { name: basename(line.path), content: readFileSync(line.path) };
        return void person.says(this.#called(line.caption), { ...where, files: [file] });
      }
      case "react":
        return person.reacts(this.#screen.idOf(line.message), line.emoji, where);
      case "edit":
        return person.edits(this.#screen.idOf(line.message), this.#called(line.text), where);
      case "delete":
        return person.deletes(this.#screen.idOf(line.message), where);
      case "thread": {
        const at = this.#screen.idOf(line.message);
        return void person.opensThread(line.name, { in: where.in ?? person.dm, at });
      }
      case "block":
        return person.forbidDirect(line.isBlocked);
      default:
        return assertNever(line);
    }
  }

  #tell({ failed, choices, modal }: Outcome): void {
    if (failed !== null) this.#print(`     The application did not respond (${failed})`);
    if (choices.length > 0) this.#print(`     choices: ${choices.map(String).join(", ")}`);
    if (modal) this.#print(`     a form: ${textOf(modal["title"])}`);
  }

  #person({ from }: { readonly from: string }): Person {
    const known = this.#people.get(from);
    if (known) return known;
    const person = this.#discord.addPerson({ id: from, username: `person${from}` });
    this.#discord.join(this.#guild, from);
    this.#people.set(from, person);
    return person;
  }

  #where({ place }: { readonly place: string | null }): { readonly in?: string } {
    if (place === null) return {};
    const id = this.#places.get(`#${place}`);
    if (id === undefined) throw new Error(`there is no #${place}, only ${[...this.#places.keys()].join(", ")}`);
    return { in: id };
  }

  /** From now on the place is called by its name, in one word; a second one of that name by its id as well. */
  #call(id: string, name: string): void {
    if ([...this.#places.values()].includes(id)) return;
    const called = `#${name.replaceAll(/\s+/gu, "-")}`;
    this.#places.set(this.#places.has(called) ? `${called}-${id}` : called, id);
  }

  /** What is typed after a command is its first option. */
  #optionOf({ name, rest }: Line<"command">): Readonly<Record<string, string>> {
    return rest === "" ? {} : { [this.#optionName(name)]: rest };
  }

  #optionName(command: string): string {
    const registered = this.#discord.commands().find(({ name }) => name === command);
    const [first] = objectsOf(registered?.["options"]);
    return first ? textOf(first["name"]) : "text";
  }

  /** The bot is called by its name. */
  #called(text: string): string {
    return text.replaceAll(/@claw\b/giu, `<@${this.#discord.me.id}>`);
  }
}
