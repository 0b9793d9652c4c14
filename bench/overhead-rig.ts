/** One agent on one store: a process, its model and its files, and turns that are timed less the model. */
import { join } from "node:path";
import { isInboundId, isTurnId } from "../protocol/ids.ts";
import type { Grants, TurnInvocation } from "../protocol/invocation.ts";
import { type ConversationKey, isConversationKey, parseConversationKey } from "../protocol/session-key.ts";
import { type SpaceId, spaceOf } from "../protocol/space.ts";
import { type BareAgent, startBareAgent } from "./bare-agent.ts";
import { startBucket } from "./bucket.ts";
import { type Clerk, startClerk } from "./clerk.ts";
import { openScratch } from "./scratch.ts";
import type { Capacity, Table } from "./table.ts";

/** One conversation: what it takes to ask for its next turn. */
export type Talk = { readonly conversation: ConversationKey; readonly space: SpaceId; turns: number };

/** Times of turns, and what they used of a table. */
export class Samples {
  readonly ms: number[] = [];
  reads = 0;
  writes = 0;

  add(ms: number, { reads, writes }: Capacity): void {
    this.ms.push(ms);
    this.reads += reads;
    this.writes += writes;
  }
}

export class OverheadRig implements AsyncDisposable {
  readonly #parts: AsyncDisposableStack;
  readonly #entryPath: string;
  readonly #folder: string;
  readonly #clerk: Clerk;
  readonly #grants: Grants;
  readonly #table: Table | null;
  #processes = 0;

  private constructor(
    parts: AsyncDisposableStack,
    entryPath: string,
    folder: string,
    clerk: Clerk,
    grants: Grants,
    table: Table | null,
  ) {
    this.#parts = parts;
    this.#entryPath = entryPath;
    this.#folder = folder;
    this.#clerk = clerk;
    this.#grants = grants;
    this.#table = table;
  }

  /** Without a table the store is on the disk. */
  static async open(entryPath: string, table: Table | null): Promise<OverheadRig> {
    await using parts = new AsyncDisposableStack();
    const scratch = parts.use(openScratch());
    const clerk = parts.use(await startClerk());
    const bucket = parts.use(await startBucket());
    const grants = grantsOf(clerk.url, bucket.url, table?.store);
    return new OverheadRig(parts.move(), entryPath, scratch.path, clerk, grants, table);
  }

  /** A fresh process that knows nothing of any file. */
  start(): Promise<BareAgent> {
    this.#processes += 1;
    return startBareAgent({
      entryPath: this.#entryPath,
      stateDir: join(this.#folder, "state"),
      workDir: join(this.#folder, `work-${this.#processes}`),
      cacheDir: join(this.#folder, "compile-cache"),
    });
  }

  /** Runs one turn; how long it took, less its model, is added to the samples. */
  async ask(agent: BareAgent, talk: Talk, text: string, samples = new Samples()): Promise<void> {
    this.#clerk.takeMs();
    this.#table?.takeUsed();
    const took = await agent.run(turnOf(talk, text, this.#grants));
    samples.add(took - this.#clerk.takeMs(), this.#table?.takeUsed() ?? { reads: 0, writes: 0 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

export function talkOf(key: string): Talk {
  const ref = parseConversationKey(key);
  if (!isConversationKey(key) || !ref.ok) throw new Error(`not a conversation: ${key}`);
  return { conversation: key, space: spaceOf(ref.value), turns: 0 };
}

function turnOf(talk: Talk, text: string, grants: Grants): TurnInvocation {
  talk.turns += 1;
  const [turnId, id] = [`bench-${String(talk.turns).padStart(6, "0")}`, `web:${talk.turns}`];
  if (!isTurnId(turnId) || !isInboundId(id)) throw new Error("not an id");
  return {
    kind: "turn",
    protocol: 1,
    turnId,
    fence: talk.turns,
    conversation: talk.conversation,
    epoch: 0,
    space: talk.space,
    place: { channel: "web", chatKind: "direct" },
    messages: [{ id, text, sender: { id: "42", name: "Ada" }, sentAt: Date.now() }],
    settings: { model: null, fallbacks: [], timezone: "UTC" },
    limits: { leftMs: 600_000, pingEveryMs: 15_000 },
    grants,
  };
}

function grantsOf(model: string, bucket: string, store: Grants["store"]): Grants {
  return {
    models: { anthropic: { apiKey: "bench", baseUrl: model } },
    blobs: {
      endpoint: bucket,
      region: "us-east-1",
      bucket: "agent-claw",
      credentials: { accessKeyId: "AKIABENCH", secretAccessKey: "bench" },
      expiresAt: Date.now() + 86_400_000,
    },
    ...(store && { store }),
  };
}
