/**
 * ChannelSession: one object per place where people write. A thin shell: RPC, sockets, and the door. Whoever is not let
 * in leaves nothing behind: there is no database before there is something to keep (`live-session.ts`).
 */
import { DurableObject } from "cloudflare:workers";
import type { Role, SessionPolicy } from "../../protocol/access.ts";
import { LEDGER_BOUNDS } from "../../protocol/bounds.ts";
import type { OwnerNotice, ReplayOutcome, ReplayTarget } from "../../protocol/dead-letter.ts";
import type { TurnId } from "../../protocol/ids.ts";
import type { AcceptReceipt, Happening, Inbound } from "../../protocol/inbound.ts";
import type { Ledger, LedgerFilter } from "../../protocol/ledger.ts";
import type { OpenPairing } from "../../protocol/pairing.ts";
import type { Announcement, AnnouncementState, TaskOrder } from "../../protocol/tasks.ts";
import type { TaskReceipt } from "./tasks.ts";
import { readConfig } from "../../worker/config.ts";
import { log } from "../../worker/log.ts";
import { agentDirectory, channelSession } from "../../worker/objects.ts";
import { listensToGroup, roleOf } from "./admission.ts";
import type { JobNotice } from "../job-scheduler/job-notice.ts";
import { announce, announceNotice, readAnnouncementState } from "./announcements.ts";
import { Door } from "./door.ts";
import { answerWithNotice, isAwaited } from "./answer-rows.ts";
import { countMessages } from "./inbox.ts";
import { canWait, judge } from "./judge.ts";
import { readLedger } from "./ledger.ts";
import { LiveSession } from "./live-session.ts";
import { isWaiting } from "./machine.ts";
import { adopt, type Legacy, moveTo, readdress } from "./move.ts";
import { tellOwner } from "./owner-notice.ts";
import { holdsOnlyStranger, pairingUntil } from "./pairing-row.ts";
import { Policies } from "./policies.ts";
import { replay } from "./replay.ts";
import { isBorn, isTaskSession, nameOf, type SessionName } from "./session-context.ts";
import type { SessionSettings } from "./settings.ts";
import { readSettings } from "./settings-rows.ts";
import { meetStranger, tellOfStranger, welcome } from "./stranger.ts";
import { messagesOfTurn } from "./turn-messages.ts";
import { closeSocket, WebClients } from "./web-clients.ts";

export class ChannelSession extends DurableObject<Env> {
  readonly #name: SessionName;
  readonly #clients: WebClients;
  readonly #policies: Policies;
  readonly #door = new Door();
  /** Null: nothing is stored here. */
  #live: LiveSession | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#name = nameOf(ctx);
    this.#clients = new WebClients(ctx);
    this.#policies = new Policies(this.#name.key, async () =>
      this.#directory().policyFor(this.#name.key, this.#settings()?.formerChats),
    );
    if (isBorn(ctx.storage.sql)) this.#open();
  }

  /** Takes one message. Returns once it is durable; throws when it is not, and then nothing has changed. */
  accept(inbound: Inbound): Promise<AcceptReceipt> {
    return this.#door.inOrder(async () => {
      const movedTo = this.#settings()?.movedTo;
      if (movedTo) return this.#sessionOf(movedTo).accept(readdress(inbound, movedTo));
      const now = Date.now();
      const judgedBy = (policy: SessionPolicy) =>
        judge(inbound, { ref: this.#name.ref, sql: this.#live?.context.sql ?? null }, policy, now);
      const policy = await this.#policies.deciding((known) => canWait(inbound, judgedBy(known)), now);
      const admission = judgedBy(policy);
      switch (admission.kind) {
        case "admitted":
        case "overheard":
          return this.#open().take(inbound);
        case "ignored":
          log("info", "message_ignored", { session: this.#name.key, message: inbound.id, why: admission.why });
          return "ignored";
        case "stranger": {
          const isMet = await meetStranger(inbound, {
            name: this.#name,
            directory: this.#directory(),
            live: this.#live,
            open: () => this.#open(),
            expirePolicy: () => this.#policies.expire(),
          });
          return isMet ? "accepted" : "ignored";
        }
      }
    });
  }

  /** Takes what happened besides a message. Like `accept`. */
  hear(happening: Happening): Promise<AcceptReceipt> {
    return this.#door.inOrder(async () => {
      const policy = await this.#policies.deciding(isAnybodyHeard, Date.now());
      if (!concernsUs(happening, policy) && !(this.#live && isOfUse(happening))) return "ignored";
      const live = this.#open();
      if (happening.kind === "moved") {
        await moveTo(live.context, happening.to);
        return "accepted";
      }
      // What still came under the old id has another one in the new chat: nothing there can be edited or pressed any more.
      return readSettings(live.context.sql).movedTo ? "accepted" : live.hear(happening);
    });
  }

  /** Takes up the session that this chat had under another id. */
  adopt(legacy: Legacy): void {
    adopt(this.#open().context, legacy);
  }

  /**
   * What a turn of this session waits for is free: its lane, or something that it may use. If none waits any more, the
   * next session is to be told.
   */
  laneFree(): { readonly isWanted: boolean } {
    const live = this.#live;
    if (!live) return { isWanted: false };
    const isWanted = isWaiting(live.turns.state.turn);
    live.turns.dispatch({ kind: "lane_free" });
    live.makeUpForAlarm();
    return { isWanted };
  }

  /** Stops a turn on behalf of another session of the same conversation. */
  stopTurn(turnId: TurnId): void {
    const live = this.#live;
    if (live?.turns.state.turn?.turnId !== turnId) return;
    const ids = messagesOfTurn(live.turns.state);
    live.stop(ids, () => {
      // Stopping has said it there, or the scheduler will.
      if (isAwaited(live.context.sql, ids) || isTaskSession(live.context)) return;
      const context = live.turns.rowContext(Date.now());
      answerWithNotice(live.context.sql, turnId, ids, { kind: "stopped", running: true }, context);
    });
  }

  /** The owner has let the stranger of this chat in. */
  welcome({ role }: { readonly role: Role }): void {
    this.#policies.expire();
    const { context, turns } = this.#open();
    welcome(context, turns, role, Date.now());
  }

  /** Somebody wants to be let in: the owner of this chat can do it here. */
  tellOfStranger(pairing: OpenPairing): void {
    const { context, turns } = this.#open();
    tellOfStranger(context, turns, pairing, Date.now());
  }

  /** Somebody was removed or joined to somebody else: what they have not got an answer to yet gets none. */
  async accessChanged(): Promise<void> {
    this.#policies.expire();
    const policy = await this.#policies.deciding(() => false, Date.now());
    const live = this.#live;
    if (!live || isAnybodyHeard(policy)) return;
    live.stop(live.turns.state.open.map(({ id }) => id));
  }

  /** Removes all that is stored here; how many messages that were. */
  async forget(): Promise<{ readonly messages: number }> {
    const live = this.#live;
    if (!live) return { messages: 0 };
    const messages = countMessages(live.context.sql);
    await this.#vanish(live);
    return { messages };
  }

  /** What happened to the newest messages and answers that pass the filter. */
  ledger(limit: number, filter: LedgerFilter = {}): Ledger {
    if (!this.#live) return { messages: [], parts: [] };
    this.#live.makeUpForAlarm();
    return readLedger(this.#live.context.sql, Math.min(limit, LEDGER_BOUNDS.rowsMax), filter);
  }

  /** Sends or runs again what was given up. */
  replay(target: ReplayTarget): ReplayOutcome {
    const { context, turns } = this.#open();
    return replay(context, turns, target, Date.now());
  }

  /** Says a notice to the owner here, once. */
  tellOwner(notice: OwnerNotice): void {
    const { context, turns } = this.#open();
    tellOwner(context, turns, notice, Date.now());
  }

  /** Takes an order of the scheduler; it is durable once this returns. The same one again changes nothing. */
  runTask(order: TaskOrder): TaskReceipt {
    return this.#open().runTask(order);
  }

  /** Says something that nobody here has asked for just now, once. */
  announce(announcement: Announcement): void {
    const { context, turns } = this.#open();
    announce(context, turns, announcement, Date.now());
  }

  /** Tells the owner here of one of their jobs, once per id. */
  async announceNotice(id: string, notice: JobNotice): Promise<void> {
    const { behaviour } = await this.#policies.deciding(() => false, Date.now());
    const { context, turns } = this.#open();
    announceNotice(context, turns, { id, notice, timezone: behaviour.timezone }, Date.now());
  }

  /** What became of an announcement. */
  announcementState(id: string): AnnouncementState {
    return this.#live ? readAnnouncementState(this.#live.context.sql, id) : "unknown";
  }

  /** A web client connects; who it is was checked by the Worker. */
  override fetch(request: Request): Response {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 426 });
    this.#open();
    return this.#clients.accept();
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const live = this.#open();
    const channel = live.context.channel();
    if (!channel) return;
    await this.#clients.receive(socket, data, channel, (inbound) => this.accept(inbound));
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    closeSocket(socket, code, reason);
  }

  override async alarm(): Promise<void> {
    const live = this.#live;
    if (!live) return;
    const { sql } = live.context;
    const until = pairingUntil(sql);
    if (until !== null && until <= Date.now() && holdsOnlyStranger(sql)) {
      log("info", "stranger_forgotten", { session: this.#name.key });
      return this.#vanish(live);
    }
    live.alarm();
  }

  /** The session with its database, which is made if there is none. */
  #open(): LiveSession {
    this.#live ??= new LiveSession(this.ctx, this.env, this.#name, this.#clients, this.#policies);
    return this.#live;
  }

  async #vanish(live: LiveSession): Promise<void> {
    live.end();
    this.#live = null;
    this.#policies.release();
    for (const socket of this.ctx.getWebSockets()) closeSocket(socket, 1000, "forgotten");
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  #settings(): SessionSettings | null {
    return this.#live && readSettings(this.#live.context.sql);
  }

  #directory() {
    return agentDirectory(this.env, this.#name.ref.agent, readConfig(this.env));
  }

  #sessionOf(key: SessionName["key"]) {
    return channelSession(this.env, key, readConfig(this.env));
  }
}

/** Whether anybody at all is heard in the chat. */
function isAnybodyHeard(policy: SessionPolicy): boolean {
  return policy.access.kind === "admitted" || listensToGroup(policy);
}

/** Whether something is to be done about it where there is a database, though nobody is heard there. */
function isOfUse({ kind }: Happening): boolean {
  // Whoever presses a button waits for a word; what else people do is nothing to us.
  return kind === "moved" || kind === "membership" || kind === "pressed";
}

/** Whether there is something to keep of what happened where nobody was heard so far. */
function concernsUs(happening: Happening, policy: SessionPolicy): boolean {
  if (isAnybodyHeard(policy)) return true;
  // Somebody has put us where we do not listen; the owner is told how to change that.
  return happening.kind === "membership" && happening.isMember && roleOf(happening.by, policy) === "owner";
}
