/**
 * Agents of one conversation, each a process of its own as far as storage can tell: SQLite files, workspace, loop and
 * tools are real, the model is a script, and a process can be made to die at any of its commits.
 */
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgent, type RunningAgent } from "../../../agent-container/src/agent.ts";
import { type AgentTool, Type } from "../../../agent-container/src/agent/tool.ts";
import { HOME_TOOLS, openHome } from "../../../agent-container/src/home.ts";
import { Databases } from "../../../agent-container/src/stores/databases.ts";
import { createSqliteStore } from "../../../agent-container/src/stores/sqlite-store.ts";
import type { TurnPorts, TurnRequest } from "../../../agent-container/src/turn/ports.ts";
import type { AbortInvocation, QueryInvocation } from "../../../protocol/invocation.ts";
import { toolClassOf } from "../../../protocol/policy.ts";
import type { SpaceId } from "../../../protocol/space.ts";
import type { ConversationKey } from "../../../protocol/session-key.ts";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { type Death, type Failure, MortalStorage } from "./mortal-storage.ts";
import { type Script, scriptedModel } from "./scripted-model.ts";

/** What came of one process. */
export type Life = { readonly events: readonly TurnEvent[]; readonly commits: number; readonly died: boolean };

/** A tool with an effect outside of the workspace: it may have happened whether or not a result tells so. */
const POST: AgentTool = {
  name: "post",
  description: "Posts a letter.",
  parameters: Type.Object({}),
  execute: () => Promise.resolve({ text: "Posted." }),
};

/** A row of the transcript. */
export type StoredEntry = { readonly customType: unknown; readonly payload: Record<string, unknown> };

/** Called where a process waits for something outside of it; it waits until the test lets it go on. */
export type Pause = (where: string) => Promise<void>;

export class MortalAgents {
  /** The calls whose tools were run, over all processes. */
  readonly executed: string[] = [];
  readonly blobs: BlobServer;
  readonly #dir: string;
  readonly #script: Script;
  readonly #pause: Pause;
  #lives = 0;

  private constructor(dir: string, blobs: BlobServer, script: Script, pause: Pause) {
    this.#dir = dir;
    this.blobs = blobs;
    this.#script = script;
    this.#pause = pause;
  }

  static async open(script: Script, pause: Pause = () => Promise.resolve()): Promise<MortalAgents> {
    return new MortalAgents(await mkdtemp(join(tmpdir(), "agent-mortal-")), await startBlobServer(), script, pause);
  }

  /** Agents of their own over a copy of what is stored by now. */
  async fork(script: Script): Promise<MortalAgents> {
    const fork = await MortalAgents.open(script, this.#pause);
    await cp(this.#stateDir, fork.#stateDir, { recursive: true });
    for (const [path, content] of this.blobs.stored) fork.blobs.stored.set(path, content);
    return fork;
  }

  get #stateDir(): string {
    return join(this.#dir, "state");
  }

  /** Runs one invocation in a fresh process, to its end or the end of the process. */
  async live(request: TurnRequest, death?: Death): Promise<Life> {
    const [life] = await this.liveOn([request], death);
    if (life === undefined) throw new Error("a process has one life");
    return life;
  }

  /** Runs one invocation after the other in one process. */
  async liveOn(requests: readonly TurnRequest[], fate: Death | Failure | undefined): Promise<readonly Life[]> {
    const storage = new MortalStorage(this.#stateDir, fate);
    const agent = await this.#start({ storeOf: (owner) => createSqliteStore(storage.of(owner)) });
    const lives: Life[] = [];
    for (const request of requests) {
      const events: TurnEvent[] = [];
      const closed = Promise.withResolvers<void>();
      await agent.join(request, { send: (event) => events.push(event), close: closed.resolve });
      await closed.promise;
      await agent.settled(request);
      lives.push({ events, commits: storage.commits, died: storage.isDead });
    }
    await agent.shutDown(0);
    storage.close();
    return lives;
  }

  /** Runs one invocation in a fresh process that is told something once `moment` has come. */
  async liveUntil(request: TurnRequest, moment: Promise<void>, told: AbortInvocation): Promise<Life> {
    const agent = await this.#start({});
    const events: TurnEvent[] = [];
    const closed = Promise.withResolvers<void>();
    await agent.join(request, { send: (event) => events.push(event), close: closed.resolve });
    await moment;
    await agent.call(told);
    await closed.promise;
    await agent.shutDown(0);
    return { events, commits: 0, died: false };
  }

  /** Asks a fresh process that lives, one thing after the other. */
  async query(queries: readonly QueryInvocation[]): Promise<readonly object[]> {
    const agent = await this.#start({});
    const answers: object[] = [];
    for (const one of queries) answers.push(await agent.call(one));
    await agent.shutDown(0);
    return answers;
  }

  /** What is stored of a conversation in pi's own form, oldest first. */
  entries({ conversation, space }: { conversation: ConversationKey; space: SpaceId }): readonly StoredEntry[] {
    const databases = new Databases(this.#stateDir);
    const rows = databases
      .of({ conversation, space })
      .space.prepare("SELECT custom_type, payload FROM entries WHERE session_id LIKE ? ORDER BY seq")
      .all(`${conversation}#%`);
    databases.close();
    return rows.map((row) => ({ customType: row["custom_type"], payload: JSON.parse(String(row["payload"])) }));
  }

  async close(): Promise<void> {
    await this.blobs.close();
    await rm(this.#dir, { recursive: true });
  }

  async #start(overrides: Partial<TurnPorts>): Promise<RunningAgent> {
    this.#lives += 1;
    const lifeAt = Date.now() + this.#lives * 120_000;
    const workDir = join(this.#dir, `work-${String(this.#lives)}`);
    await mkdir(workDir);
    const ports: Partial<TurnPorts> = {
      log: () => undefined,
      // Each process lives some minutes after the one before it.
      now: () => lifeAt,
      sleep: () => Promise.resolve(),
      openModel: () => Promise.resolve(scriptedModel(this.#askPaused)),
      homeTools: [...HOME_TOOLS, POST.name],
      classOf: (tool) => (tool === POST.name ? "reach_out" : toolClassOf(tool)),
      openHome: async (request) => {
        await this.#pause("files");
        const home = await openHome(request, { workDir });
        return { ...home, tools: [...home.tools, POST].map((tool) => this.#counted(tool)) };
      },
    };
    return createAgent({ stateDir: this.#stateDir, workDir }, { ...ports, ...overrides });
  }

  readonly #askPaused: Script = async (context) => {
    await this.#pause("model");
    return this.#script(context);
  };

  #counted(tool: AgentTool): AgentTool {
    return {
      ...tool,
      execute: async (args, context) => {
        this.executed.push(context.callId);
        const output = await tool.execute(args, context);
        await this.#pause("tool");
        return output;
      },
    };
  }
}
