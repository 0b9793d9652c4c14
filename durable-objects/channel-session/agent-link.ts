/** A session's way to the agent: who it is there, with which keys, and the calls besides the run itself. */
import type { Behaviour } from "../../protocol/access.ts";
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { Grants, SteerReply } from "../../protocol/invocation.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import type { SpaceId } from "../../protocol/space.ts";
import { createRuntimeClient, type RuntimeClient } from "../../worker/agentcore/client.ts";
import { runtimeSessionId } from "../../worker/agentcore/runtime-session-id.ts";
import { getObject, putObject, type SizedBody } from "../../worker/agentcore/space-objects.ts";
import type { Config } from "../../worker/config.ts";
import { type DataCredentials, dataCredentialsOf, type DataGrants } from "../../worker/credentials/data-credentials.ts";
import { createModelKeySource, type ModelKeySource } from "../../worker/credentials/model-key-source.ts";
import { forSpace, modelGrants } from "../../worker/model-keys.ts";
import { agentRpcUrl } from "../../worker/agent-rpc-url.ts";
import type { EdgeToken } from "../agent-directory/rpc-gate.ts";
import { spaceOfKey, steerInvocation, turnInvocation } from "./envelope.ts";
import { abortTurn } from "./turn-abort.ts";
import type { Turn, TurnRef } from "./turn-state.ts";

export class AgentLink {
  readonly runtime: RuntimeClient;
  readonly #config: Config;
  readonly #agent: string;
  readonly #credentials: DataCredentials;
  readonly #keys: ModelKeySource;

  /** Belongs to one object: it remembers signing keys and credentials as promises, which objects cannot share. */
  constructor(config: Config, agent: string) {
    this.#config = config;
    this.#agent = agent;
    this.#credentials = dataCredentialsOf(config);
    this.#keys = createModelKeySource(config);
    this.runtime = watching(createRuntimeClient(config.runtime), this.#keys);
  }

  /** The request that runs a turn or goes on with it. `edgeToken`: by which it calls the edge, if it may. */
  async prepare(
    turn: Turn,
    messages: readonly Inbound[],
    behaviour: Behaviour,
    { resume, edgeToken }: { readonly resume: boolean; readonly edgeToken: EdgeToken | null },
  ) {
    const space = spaceOfKey(turn.conversation);
    const [sessionId, data, keys] = await Promise.all([
      this.#sessionId(turn),
      this.#grant(space),
      this.#keys.current(Date.now()),
    ]);
    const wanted = [messages[0]?.task?.model ?? "", behaviour.model ?? "", ...behaviour.fallbacks];
    const models = modelGrants(forSpace(keys, data.blobs.credentials, this.#config), wanted);
    const grants = { models, ...data, ...edgeGrant(this.#config, edgeToken) };
    const invocation = turnInvocation({ turn, messages, behaviour, grants, now: Date.now() }, resume);
    return { sessionId, invocation };
  }

  /** Hands a message to the running turn. */
  async steer(turn: Turn, message: Inbound): Promise<SteerReply> {
    return this.runtime.steer(await this.#sessionId(turn), steerInvocation(turn, message));
  }

  /** Ends a turn that was stopped. Throws if the agent could not be told. */
  async abort(turn: TurnRef): Promise<void> {
    // A turn that runs is ended without keys as well.
    const data = await this.#grant(spaceOfKey(turn.conversation)).catch(() => null);
    const grants = data === null ? undefined : { models: {}, ...data };
    await abortTurn(this.runtime, await this.#sessionId(turn), turn, grants);
  }

  /** Ends the runtime session in which a turn ran whose conversation nobody goes on with. Throws `AgentError`. */
  async endSession(turn: Pick<TurnRef, "conversation" | "release">): Promise<void> {
    await this.runtime.stop(await this.#sessionId(turn));
  }

  /** Stores an attachment in the space of a conversation. Throws what `putObject` throws, and `AgentError`. */
  async store(conversation: ConversationKey, name: string, file: SizedBody, signal: AbortSignal): Promise<void> {
    const space = spaceOfKey(conversation);
    const { blobs } = await this.#grant(space);
    await putObject(blobs, { agent: this.#agent, space, folder: "attachments", name }, file, signal);
  }

  /** Opens a file of a space by the hash of its content. Throws `StorageError` and `AgentError`. */
  async openBlob(space: SpaceId, hash: string): Promise<ReadableStream<Uint8Array>> {
    const signal = AbortSignal.timeout(OUTBOUND_BOUNDS.fileTimeoutMs);
    const { blobs } = await this.#grant(space);
    return getObject(blobs, { agent: this.#agent, space, folder: "blobs", name: hash }, signal);
  }

  #grant(space: SpaceId): Promise<DataGrants> {
    return this.#credentials.forSpace(this.#agent, space, Date.now());
  }

  /** A turn that began under an earlier release is where it began; the same name reaches a fresh process once that is gone. */
  #sessionId({ conversation, release = this.#config.release }: Pick<TurnRef, "conversation" | "release">) {
    const { deployment } = this.#config;
    return runtimeSessionId({ deployment, agent: this.#agent, conversation, release });
  }
}

/** The client, through which the keys hear of a model that has refused one. */
function watching(client: RuntimeClient, keys: ModelKeySource): RuntimeClient {
  return {
    ...client,
    async *stream(sessionId, invocation, signal) {
      for await (const event of client.stream(sessionId, invocation, signal)) {
        if (event.kind === "error" && event.keyRefused) keys.refused(Date.now());
        yield event;
      }
    },
  };
}

/** Nothing where the agent does not reach the edge: then the tools that call it do not exist. */
function edgeGrant(config: Config, granted: EdgeToken | null): Pick<Grants, "edge"> {
  const url = agentRpcUrl(config);
  return granted === null || !url.ok
    ? {}
    : { edge: { url: url.value, token: granted.token, verbs: [...granted.verbs] } };
}
