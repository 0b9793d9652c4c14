import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chatOf, LANE_BOUNDS, TelegramLanes, type Update } from "../../../local/telegram-lanes.ts";

const inChat = (update_id: number, id: number): Update => ({ update_id, message: { chat: { id } } });
const ids = (some: readonly Update[]) => some.map(({ update_id }) => update_id);

describe("TelegramLanes", () => {
  it("lets Telegram forget an update only when it and those before it are delivered", () => {
    const lanes = new TelegramLanes();
    expect(lanes.take([inChat(5, 1), inChat(6, 2)])).toEqual(["1", "2"]);
    lanes.settle("2", 200);
    expect(lanes.offset).toBe(5);
    expect(lanes.isHeldByTelegram).toBe(true);
    lanes.settle("1", 200);
    expect(lanes.offset).toBe(7);
    expect(lanes.isHeldByTelegram).toBe(false);
  });

  it("does not take again what Telegram repeats", () => {
    const lanes = new TelegramLanes();
    lanes.take([inChat(5, 1), inChat(6, 2)]);
    lanes.settle("2", 200);
    expect(lanes.take([inChat(5, 1), inChat(6, 2), inChat(7, 2)])).toEqual(["2"]);
    expect(ids(lanes.waiting)).toEqual([5, 7]);
  });

  it("pauses longer after each refusal, and becomes a problem that ends with the next delivery", () => {
    const lanes = new TelegramLanes();
    lanes.take([inChat(5, -100)]);
    const refusals = Array.from({ length: LANE_BOUNDS.problemTries + 1 }, () => lanes.settle("-100", 0));
    expect(refusals.map((settled) => settled.kind === "refused" && settled.waitMs)).toEqual([
      250, 500, 1000, 2000, 4000,
    ]);
    expect(refusals.map((settled) => settled.kind === "refused" && settled.isNews)).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(lanes.problem).toBe("chat -100 cannot be delivered to (no answer); other chats go on");
    expect(lanes.settle("-100", 200)).toEqual({ kind: "delivered", isNews: true });
    expect(lanes.problem).toBe(null);
  });

  it("takes only refusals in a row as malformed for malformed", () => {
    const lanes = new TelegramLanes();
    lanes.take([inChat(5, 1)]);
    const kinds = [400, 413, 503, 400, 413, 400].map((status) => lanes.settle("1", status).kind);
    expect(kinds).toEqual(["refused", "refused", "refused", "refused", "refused", "skipped"]);
    expect(lanes.offset).toBe(6);
  });

  it("loses nothing, keeps each chat's order and lets no chat wait for another, whatever is refused, saved and ended", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), fc.integer({ min: 2, max: 6 }), (steps, window) => {
        const world = new World(window);
        for (const [kind, chat] of steps) world[kind](chat);
        world.mend();
        expect(world.delivered.filter((update) => chatOf(update) !== REFUSED)).toEqual(
          world.said.filter((update) => chatOf(update) !== REFUSED),
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** The chat whose updates the Worker never takes. */
const REFUSED = "0";
const CHATS = 4;
const step = fc.tuple(
  fc.constantFrom("say", "say", "poll", "deliver", "refuse", "save", "forget", "end"),
  fc.integer({ min: 0, max: CHATS - 1 }),
);

/** Telegram, the disk and the Worker, of which only the lanes between them are real. */
class World {
  readonly said: Update[] = [];
  readonly #taken: Update[] = [];
  readonly #window: number;
  #telegram: Update[] = [];
  #disk: readonly Update[] = [];
  #lanes = new TelegramLanes();
  /** What the lanes of now gave out. */
  readonly #given = new Set<Update>();

  constructor(window: number) {
    this.#window = window;
  }

  /** What the Worker took, repeats after a restart left out (its dedupe keys do that), by id. */
  get delivered(): Update[] {
    const first = [...new Map(this.#taken.map((update) => [update.update_id, update])).values()];
    return first.sort((a, b) => a.update_id - b.update_id);
  }

  say(chat: number): void {
    const update = inChat(this.said.length + 1, chat);
    this.said.push(update);
    this.#telegram.push(update);
  }

  poll(): void {
    const { offset } = this.#lanes;
    this.#telegram = this.#telegram.filter(({ update_id }) => update_id >= offset);
    this.#lanes.take(this.#telegram.slice(0, this.#window));
    this.#check();
  }

  deliver(chat: number): void {
    const head = this.#lanes.head(String(chat));
    if (!head || String(chat) === REFUSED) return;
    expect(this.#given).not.toContain(head);
    this.#given.add(head);
    this.#taken.push(head);
    this.#lanes.settle(String(chat), 200);
    this.#check();
  }

  refuse(chat: number): void {
    if (this.#lanes.head(String(chat))) this.#lanes.settle(String(chat), 503);
  }

  save(): void {
    this.#disk = this.#lanes.waiting;
    this.#lanes.allSaved();
    this.#check();
  }

  /** Takes from the disk what was delivered meanwhile. */
  forget(): void {
    this.#disk = this.#lanes.saved;
    this.#check();
  }

  end(): void {
    this.#given.clear();
    this.#lanes = new TelegramLanes();
    this.#lanes.restore(this.#disk);
  }

  /** All but one chat is taken from now on, and the disk works. */
  mend(): void {
    for (let rounds = 0; rounds <= this.said.length; rounds++) {
      this.poll();
      for (let chat = 0; chat < CHATS; chat++) while (chat > 0 && this.#lanes.head(String(chat))) this.deliver(chat);
      this.save();
    }
  }

  #check(): void {
    const offset = this.#lanes.offset;
    const safe = new Set(ids([...this.#taken, ...this.#disk, ...this.#telegram.filter((u) => u.update_id >= offset)]));
    expect(ids(this.said).filter((id) => !safe.has(id))).toEqual([]);
    // In each chat what was delivered is, in its order, all that was said up to there.
    for (let chat = 0; chat < CHATS; chat++) {
      const of = (some: readonly Update[]) => ids(some.filter((update) => chatOf(update) === String(chat)));
      const delivered = of([...new Map(this.#taken.map((update) => [update.update_id, update])).values()]);
      expect(delivered).toEqual(of(this.said).slice(0, delivered.length));
    }
  }
}

describe("chatOf", () => {
  it("finds the chat of every kind of update", () => {
    expect(chatOf(inChat(1, -5))).toBe("-5");
    expect(chatOf({ update_id: 1, callback_query: { id: "1", message: { chat: { id: 6 } } } })).toBe("6");
    expect(chatOf({ update_id: 1, my_chat_member: { chat: { id: 7 } } })).toBe("7");
  });

  it("puts what belongs to no chat together", () => {
    expect(chatOf({ update_id: 1, inline_query: { id: "1" } })).toBe(chatOf({ update_id: 2 }));
  });
});
