/** In whatever order messages, steering, resumes and deaths come: a turn with text of others writes no steering file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TranscriptContext } from "@earendil-works/pi-ai";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createAgent, type RunningAgent } from "../../../agent-container/src/agent.ts";
import type { TurnRequest } from "../../../agent-container/src/turn/ports.ts";
import type { PromptMessage, TurnInvocation } from "../../../protocol/invocation.ts";
import { pictureOf } from "./attachments/pictures.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { conversation, promptMessage, query, resume, space, steer, turn } from "./invocations.ts";
import { type Reply, scriptedModel, toolCall } from "./scripted-model.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

const KINDS = {
  plain: {},
  own_quote: { quoted: { sender: "Claw", text: "Shall I?", isOwn: true } },
  picture: { attachments: [{ kind: "image", stored: { name: "cat", bytes: 9 } }] },
  forwarded: { forwarded: { from: "Mallory" } },
  quoted: { quoted: { sender: "Mallory", text: "Do it" } },
  own_news: { context: [{ kind: "happened", at: 1, text: "You sent this here by yourself" }] },
  hook_news: { context: [{ kind: "happened", at: 1, text: "You sent this here", isUntrusted: true }] },
  document: { attachments: [{ kind: "document", stored: { name: "letter", bytes: 9 } }] },
} satisfies Record<string, Partial<PromptMessage>>;
type Kind = keyof typeof KINDS;
const OF_OTHERS: readonly Kind[] = ["forwarded", "quoted", "hook_news", "document"];

/** What happens while the model thinks; then it writes a steering file. */
type Act =
  | { readonly kind: "write" }
  | { readonly kind: "steer"; readonly message: Kind }
  /** The edge comes back to the same process, or to another one because this one died. */
  | { readonly kind: "rejoin" }
  | { readonly kind: "die" };
type PlannedTurn = {
  readonly messages: readonly Kind[];
  readonly acts: readonly Act[];
  /** It gets no answer, and the next turn brings its messages once more. */
  readonly isAbandoned: boolean;
};

const kind = fc.constantFrom(...(["plain", "own_quote", "picture", ...OF_OTHERS] as const));
const act = fc.oneof<fc.Arbitrary<Act>[]>(
  fc.constant({ kind: "write" }),
  fc.record({ kind: fc.constant("steer" as const), message: kind }),
  fc.constant({ kind: "rejoin" }),
  fc.constant({ kind: "die" }),
);
const plannedTurn = fc.record({
  messages: fc.array(kind, { minLength: 1, maxLength: 2 }),
  acts: fc.array(act, { maxLength: 4 }),
  isAbandoned: fc.boolean(),
});

let blobs: BlobServer;
let dir: string;
beforeAll(async () => {
  blobs = await startBlobServer();
  dir = mkdtempSync(join(tmpdir(), "agent-taint-"));
});
afterAll(async () => {
  await blobs.close();
  rmSync(dir, { recursive: true });
});

/** One person's talk with processes that come and go. */
class Talk {
  readonly #name: string;
  readonly #place: Pick<TurnInvocation, "conversation" | "space">;
  #agent: RunningAgent;
  #fence = 0;
  #ids = 0;
  #turns = 0;
  /** The model's question that waits for a reply; null: the turn is over. */
  #asked = Promise.withResolvers<Question | null>();
  /** Contents of writes by whether the turn held text of others when the model made them. */
  readonly #written: { readonly content: string; readonly isTainted: boolean; readonly isSure: boolean }[] = [];
  #last: readonly PromptMessage[] = [];

  constructor(name: string, isOwner: boolean) {
    this.#name = name;
    const owner = { conversation: conversation(`agent:${name}:main`), space: space("owner") };
    const person = { conversation: conversation(`agent:${name}:person:telegram-7`), space: space("person:telegram-7") };
    this.#place = isOwner ? owner : person;
    const folder = `/agent-claw/${name}/${isOwner ? "owner" : "person_3atelegram-7"}/attachments`;
    blobs.stored.set(`${folder}/cat`, pictureOf("png"));
    blobs.stored.set(`${folder}/letter`, Buffer.from("please do it"));
    this.#agent = this.#start();
  }

  /** Plays a turn; checks what became of each write that the model was told of. */
  async play({ messages, acts, isAbandoned }: PlannedTurn, repeated: boolean): Promise<void> {
    this.#turns += 1;
    const fresh = messages.map((each) => this.#message(each));
    const asked = repeated ? [...this.#last, ...fresh] : fresh;
    this.#last = asked;
    this.#fence += 1;
    const turnId = `turn-${this.#name}-${String(this.#turns)}`;
    const request = turn({ blobs: blobs.url }, "", { ...this.#place, turnId, fence: this.#fence, messages: asked });
    this.#join(request);
    for (const each of acts) {
      const question = await this.#asked.promise;
      if (question === null) return;
      if (each.kind === "steer") {
        const { id, text, ...message } = this.#message(each.message);
        await this.#agent.call(steer({ ...request, fence: this.#fence }, id, text, message));
      }
      if (each.kind === "rejoin" || each.kind === "die") {
        if (each.kind === "die") {
          await this.#agent.shutDown(0);
          this.#agent = this.#start();
        }
        this.#fence += 1;
        if (each.kind === "die") this.#asked = Promise.withResolvers();
        this.#join(resume(request, this.#fence));
        if (each.kind === "die") continue;
      }
      this.#answer(question, asked, repeated);
    }
    if (isAbandoned) return;
    for (let question = await this.#asked.promise; question !== null; question = await this.#asked.promise) {
      this.#check(question.context);
      this.#reply(question, { text: "Done." });
    }
  }

  /** What the file holds in the end was never written by a turn with text of others. */
  async verify(): Promise<void> {
    this.#fence += 1;
    const asked = turn({ blobs: blobs.url }, "", { ...this.#place });
    const file = await this.#agent.call(query(asked, { what: "file", path: "MEMORY.md" }));
    for (const { content, isTainted } of this.#written)
      if (isTainted) expect(file).not.toMatchObject({ text: content });
    await this.#agent.shutDown(0);
  }

  #answer(question: Question, asked: readonly PromptMessage[], repeated: boolean): void {
    this.#check(question.context);
    // Words begin with the turn that they were said in; what is repeated was said in an earlier one.
    const told = JSON.stringify(question.context.messages);
    const turns = [...asked.map(({ text }) => text.split(" ")[0]), `t${String(this.#turns)}`];
    const isTainted = turns.some((name) => told.includes(`${name ?? ""} of others`));
    const content = `w${String(this.#written.length)}`;
    this.#written.push({ content, isTainted, isSure: !repeated });
    this.#reply(question, { calls: [toolCall(content, "write", { path: "MEMORY.md", content })] });
  }

  #check({ messages }: TranscriptContext): void {
    for (const message of messages) {
      if (message.role !== "toolResult" || JSON.stringify(message.content).includes("interrupted")) continue;
      const write = this.#written.find(({ content }) => content === message.toolCallId);
      // What a repeated message brings along can be more than is seen here, never less.
      if (write?.isTainted === true || write?.isSure === true) expect(message.isError).toBe(write.isTainted);
    }
  }

  #message(of: Kind): PromptMessage {
    this.#ids += 1;
    const whose = OF_OTHERS.includes(of) ? "of others" : "of mine";
    return promptMessage(
      `telegram:${String(this.#ids)}`,
      `t${String(this.#turns)} ${whose} ${String(this.#ids)}`,
      KINDS[of],
    );
  }

  #join(request: TurnRequest): void {
    const agent = this.#agent;
    const end = () => {
      if (agent === this.#agent && request.fence === this.#fence) this.#asked.resolve(null);
    };
    void agent.join(request, { send: () => undefined, close: end });
  }

  #reply(question: Question, reply: Reply): void {
    this.#asked = Promise.withResolvers();
    question.reply(reply);
  }

  #start(): RunningAgent {
    const environment = { stateDir: join(dir, "state"), workDir: mkdtempSync(join(dir, "work-")) };
    const script = (context: TranscriptContext) =>
      new Promise<Reply>((reply) => {
        this.#asked.resolve({ context, reply });
      });
    return createAgent(environment, { log: () => undefined, openModel: async () => scriptedModel(script) });
  }
}

type Question = { readonly context: TranscriptContext; readonly reply: (reply: Reply) => void };

describe("a turn that holds text of others", () => {
  it("writes no file that steers the agent, in whatever order things happen", async () => {
    let talks = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(plannedTurn, { minLength: 1, maxLength: 3 }), fc.boolean(), async (turns, isOwner) => {
        talks += 1;
        const talk = new Talk(`a${String(talks)}`, isOwner);
        for (const [at, planned] of turns.entries()) await talk.play(planned, turns[at - 1]?.isAbandoned === true);
        await talk.verify();
      }),
      { numRuns: 25 },
    );
  });
});
