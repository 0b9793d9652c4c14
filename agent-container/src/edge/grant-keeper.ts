/**
 * What a live turn may reach, kept fresh: before its credentials end it asks the edge for newer ones. Whoever uses them asks
 * here each time. They are in memory only.
 */
import * as v from "valibot";
import { type FreshCredentials, freshCredentials } from "../../../protocol/agent-rpc.ts";
import { CREDENTIAL_BOUNDS } from "../../../protocol/bounds.ts";
import type { TurnId } from "../../../protocol/ids.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { type CallEdge, createEdgeClient, type EdgePorts, type EdgeReply } from "./edge-client.ts";

export type KeeperPorts = Pick<EdgePorts, "sleep"> & {
  readonly now: () => number;
  readonly log: (line: { readonly event: string; readonly [field: string]: unknown }) => void;
};

/** Longest time that a timer takes; whatever lies further ahead lies beyond any turn. */
const TIMER_MAX_MS = 2_147_483_647;

export class GrantKeeper {
  readonly #turnId: TurnId;
  readonly #ports: KeeperPorts;
  readonly #callEdge: CallEdge;
  readonly #end = new AbortController();
  #grants: Grants;
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #isAsking = false;

  /** Begins at once; ends with `close`. */
  constructor(turnId: TurnId, grants: Grants, ports: KeeperPorts) {
    this.#turnId = turnId;
    this.#grants = grants;
    this.#ports = ports;
    this.#callEdge = createEdgeClient({ grant: () => this.#grants.edge, sleep: ports.sleep });
    this.#wait();
  }

  /** The newest. */
  get current(): Grants {
    return this.#grants;
  }

  /** What another invocation of the turn has brought. A key that it leaves out may still be asked for. */
  take(grants: Grants): void {
    this.#grants = { ...grants, models: { ...this.#grants.models, ...grants.models } };
    this.#wait();
  }

  close(): void {
    this.#end.abort();
    clearTimeout(this.#timer);
  }

  /** Waits until they are about to end. */
  #wait(): void {
    this.#waitMs(this.#grants.blobs.expiresAt - this.#ports.now() - CREDENTIAL_BOUNDS.refreshBelowMs);
  }

  #waitMs(ms: number): void {
    clearTimeout(this.#timer);
    const isAllowed = this.#grants.edge?.verbs?.includes("credentials") === true;
    if (!isAllowed || this.#isAsking || this.#end.signal.aborted || ms > TIMER_MAX_MS) return;
    if (this.#asked >= CREDENTIAL_BOUNDS.refreshesMax) return;
    this.#timer = setTimeout(() => void this.#renew(), Math.max(0, ms));
  }

  /** Never rejects. The old ones are used to their end if none come. */
  async #renew(): Promise<void> {
    this.#asked += 1;
    this.#isAsking = true;
    const callId = `${this.#turnId}:credentials:${String(this.#asked)}`;
    const reply = await this.#callEdge({ verb: "credentials", callId }, this.#end.signal);
    this.#isAsking = false;
    if (this.#end.signal.aborted) return;
    const fresh = readFresh(reply);
    if (fresh !== null && fresh.expiresAt > this.#grants.blobs.expiresAt) {
      this.#grants = withFresh(this.#grants, fresh);
      this.#ports.log({ event: "credentials_renewed", asked: this.#asked });
      this.#wait();
      return;
    }
    const why = reply.kind === "refused" ? reply.code : reply.kind === "unknown" ? "no_answer" : "not_newer";
    this.#ports.log({ event: "credentials_not_renewed", asked: this.#asked, why });
    // A resume may have brought some meanwhile.
    const leftMs = this.#grants.blobs.expiresAt - this.#ports.now() - CREDENTIAL_BOUNDS.refreshBelowMs;
    this.#waitMs(Math.max(leftMs, CREDENTIAL_BOUNDS.refreshRetryMs));
  }
}

function readFresh(reply: EdgeReply): FreshCredentials | null {
  const parsed = v.safeParse(freshCredentials, reply.kind === "done" ? reply.result : undefined);
  return parsed.success ? parsed.output : null;
}

function withFresh(grants: Grants, { credentials, expiresAt, forBedrock }: FreshCredentials): Grants {
  const { bedrock } = grants.models;
  const models = bedrock && forBedrock ? { ...grants.models, bedrock: { ...bedrock, credentials } } : grants.models;
  return { ...grants, models, blobs: { ...grants.blobs, credentials, expiresAt } };
}
