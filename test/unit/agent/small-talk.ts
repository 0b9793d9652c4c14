/** A conversation on a model with a small window: what is said, what became of it, and what is noted of it. */
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { type CountingModel, type CountingOptions, countingModel } from "./counting-model.ts";
import { type GROUP, query, resume } from "./invocations.ts";
import { type Life, MortalAgents } from "./mortal-agents.ts";
import type { Death } from "./mortal-storage.ts";
import { smallTurn, WINDOW_TOKENS } from "./small-window.ts";

/** What somebody says in a turn. */
export type Said = Parameters<typeof smallTurn>[2];

const CHATTER = "We talked about the garden, the weather and what to have for dinner. ";

export class SmallTalk {
  readonly model: CountingModel;
  readonly agents: MortalAgents;
  readonly #options: CountingOptions;
  #turns = 0;

  private constructor(options: CountingOptions, model: CountingModel, agents: MortalAgents) {
    this.#options = options;
    this.model = model;
    this.agents = agents;
  }

  static async open(options: Partial<CountingOptions> = {}): Promise<SmallTalk> {
    const all = { windowTokens: WINDOW_TOKENS, answer: () => ({ text: "I see." }), ...options };
    const model = countingModel(all);
    return new SmallTalk(all, model, await MortalAgents.open(model.script));
  }

  /** The same conversation so far, to go on differently. */
  async fork(): Promise<SmallTalk> {
    const model = countingModel(this.#options);
    const fork = new SmallTalk(this.#options, model, await this.agents.fork(model.script));
    fork.#turns = this.#turns;
    return fork;
  }

  /** Turns in one process, one after the other. */
  async say(...said: readonly Said[]): Promise<readonly Life[]> {
    return this.agents.liveOn(
      said.map((one) => this.turn(one)),
      undefined,
    );
  }

  /** A turn in a process of its own that dies, and in a fresh one that goes on with it and has the next turn too. */
  async sayAndDie(said: Said, death: Death, next: Said): Promise<readonly Life[]> {
    const asked = this.turn(said);
    const dying = await this.agents.live(asked, death);
    this.#turns += 1;
    const again = resume(asked, this.#turns);
    return [dying, ...(await this.agents.liveOn([again, this.turn(next)], undefined))];
  }

  /** All that stands in files of days. */
  async notes(place: Partial<typeof GROUP> = {}): Promise<string> {
    const ask = query({ ...smallTurn({ blobs: this.agents.blobs.url }, 1, ""), ...place }, { what: "files" });
    const [files] = await this.agents.query([ask]);
    const paths = JSON.stringify(files).match(/memory\/[\w./-]+\.md/g) ?? [];
    const asks = paths.map((path) => ({ ...ask, ask: { what: "file", path } as const }));
    return (await this.agents.query(asks)).map((file) => ("text" in file ? String(file.text) : "")).join("\n");
  }

  /** How often each of these texts is noted. */
  async timesNoted(texts: readonly string[], place: Partial<typeof GROUP> = {}): Promise<readonly number[]> {
    const notes = await this.notes(place);
    return texts.map((text) => notes.split(`${text}\n`).length - 1);
  }

  get compactions(): number {
    const asked = smallTurn({ blobs: "" }, 1, "");
    return this.agents.entries(asked).filter(({ payload }) => "retainedTail" in payload).length;
  }

  /** The next turn, for whoever runs it. */
  turn(said: Said): ReturnType<typeof smallTurn> {
    this.#turns += 1;
    return smallTurn({ blobs: this.agents.blobs.url }, this.#turns, said);
  }
}

/** The end of a life. */
export function endOf(life: Life | undefined): TurnEvent | undefined {
  return life?.events.findLast(({ kind }) => kind === "final" || kind === "error");
}

/** So many characters of small talk. */
export function chatter(chars: number): string {
  return CHATTER.repeat(Math.ceil(chars / CHATTER.length)).slice(0, chars);
}
