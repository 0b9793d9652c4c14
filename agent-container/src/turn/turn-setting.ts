/** Opens what a turn runs on: fence, transcript, ledger, and (while the model is already being asked) its files. */
import type { Fence } from "../../../protocol/ids.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { type Company, companyOf } from "../../../protocol/policy.ts";
import { ok, type Result } from "../../../protocol/result.ts";
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import { AnswerParts } from "../agent/answer-parts.ts";
import { TurnAttachments } from "../agent/attachments/turn-attachments.ts";
import { readHistory } from "../agent/history.ts";
import type { LedgerState, TurnRecord } from "../agent/ledger.ts";
import { AgentLoop, type LoopEquipment } from "../agent/loop.ts";
import type { LoopListener } from "../agent/loop-events.ts";
import { selectCandidates } from "../agent/models/candidates.ts";
import type { Purse } from "../agent/models/purse.ts";
import { createTurnFailover } from "../agent/models/turn-failover.ts";
import { openTurnSession } from "../stores/open-session.ts";
import { ATTACH_FILE, createAttachFileTool } from "../tools/attach-file.ts";
import { createEdgeClient } from "../edge/edge-client.ts";
import { createCronTool, CRON } from "../tools/cron.ts";
import { createOfferChoicesTool, OFFER_CHOICES } from "../tools/offer-choices.ts";
import { createSessionStatusTool, SESSION_STATUS } from "../tools/session-status.ts";
import { createAttachmentStore } from "../workspace/attachment-store.ts";
import { lacksWords } from "./answer.ts";
import { reachInTurn } from "./fail-point.ts";
import { createNoteKeeper, readEarlierNotes } from "./note-keeper.ts";
import type { TurnHome, TurnPorts, TurnRequest } from "./ports.ts";
import type { ErrorBody } from "./turn-error.ts";
import { removeExpired } from "./expired-runs.ts";
import { broughtBy, createTurnPolicy } from "./turn-policy.ts";

export type TurnSetting = {
  readonly loop: AgentLoop;
  readonly state: LedgerState;
  /** The name of the model that is asked first. */
  readonly model: string;
  /** As the ledger had it when the turn was opened. */
  readonly record: TurnRecord;
  /** The files and their tools; opened once. */
  home(): Promise<TurnHome>;
  equipment(): Promise<LoopEquipment>;
  close(): Promise<void>;
};

export type TurnSettingOptions = {
  readonly request: TurnRequest;
  readonly ports: TurnPorts;
  readonly listener: LoopListener;
  readonly fence: () => Fence;
  readonly purse: Purse;
  /** Resolves when no later fence is being given to the turn just now. */
  readonly settled: () => Promise<unknown>;
  /** What the turn may reach at this moment. */
  readonly grants: () => Grants;
};

/** Raises the fence and opens the turn. Throws `StorageError`; a model that cannot be used is an error event. */
export async function openTurnSetting(options: TurnSettingOptions): Promise<Result<TurnSetting, ErrorBody>> {
  const { request, ports, fence, settled, grants } = options;
  const blobs = () => grants().blobs;
  const candidates = selectCandidates(request.settings, request.grants.models);
  if (!candidates.ok) return { ok: false, error: { kind: "error", ...candidates.error, retry: "never" } };
  const { conversation, epoch, space } = request;
  const store = ports.storeOf({ conversation, space, grants });
  const fenceBefore = await store.raiseFence(conversation, request.fence);
  const policy = createTurnPolicy({
    // A planned event is in the owner's conversation, but the owner is not there.
    company: request.task === undefined ? companyOfKey(conversation) : "job",
    isForOthers: request.task?.isForOthers === true,
    classOf: ports.classOf,
    taints: () => loop.taints(),
  });
  const expired = request.task?.expired ?? [];
  const cleared = removeExpired({ expired, conversation, space, store, log: ports.log });
  const transcript = { conversation, epoch };
  const edgeTools = mayPlan(request.grants) ? [CRON] : [];
  const named = [...ports.homeTools, ATTACH_FILE, OFFER_CHOICES, ...edgeTools, SESSION_STATUS];
  const toolNames = named.filter((name) => policy.has(name));
  const { session, flush } = await openTurnSession({
    store,
    transcript,
    fence,
    settled,
    fenceBefore,
    warm: ports.warm,
  });
  const loop = await AgentLoop.open({
    turnId: request.turnId,
    session,
    flush,
    attachments: new TurnAttachments(
      createAttachmentStore(blobs, { agent: store.agent, space }),
      candidates.value.some(({ model }) => model.input.includes("image")),
    ),
    toolNames,
    brings: (tool) => broughtBy(ports.classOf(tool)),
    thinking: request.settings.thinking ?? "off",
    listener: options.listener,
    log: (line) => ports.log({ conversation, ...line, turnId: request.turnId }),
    failover: createTurnFailover(candidates.value, {
      cooldowns: ports.cooldowns,
      open: await ports.openModel(request, candidates.value, () => grants().models),
      now: ports.now,
      sleep: ports.sleep,
      log: (line) => ports.log({ conversation, turnId: request.turnId, ...line }),
      purse: options.purse,
      spend: (usage) => options.listener({ kind: "usage", usage }),
    }),
  });
  const state = await loop.ledger();
  if (state.kind !== "unknown") await loop.recallSpent();
  const record = await loop.record();
  const checkpoint = async (workspace: TurnHome["workspace"]) => {
    FAIL_POINTS && (await reachInTurn("tool.ran", request));
    const id = await workspace.checkpoint();
    FAIL_POINTS && (await reachInTurn("tool.stored", request));
    return id;
  };
  const home = once(() =>
    ports.openHome({
      request,
      store,
      fence,
      settled,
      blobs,
      refuseSteering: (path) => policy.refuseSteering(path),
      now: ports.now,
      manifestId: record.manifestId,
    }),
  );
  if (state.kind === "unknown" || state.kind === "open") home().catch(() => undefined);
  const model = candidates.value[0].name;
  return ok({
    loop,
    model,
    state,
    record,
    home,
    equipment: async () => {
      const { workspace, tools: homeTools, systemPrompt } = await home();
      const status = createSessionStatusTool({
        model,
        timezone: request.settings.timezone,
        conversation,
        epoch,
        tokensUsed: () => loop.tokensUsed(),
        filesCount: async () => (await workspace.list()).length,
        now: ports.now,
      });
      const parts = new AnswerParts(record.parts);
      const offerChoices = createOfferChoicesTool(parts, () => policy.refuseHiddenWords());
      const cron = createCronTool({
        callEdge: createEdgeClient({ grant: () => grants().edge, sleep: ports.sleep }),
        callIdOf: (invocationId) => `${request.turnId}:${invocationId}`,
        recent: (limit) => readHistory(session, limit),
        timezone: request.settings.timezone,
        now: ports.now,
      });
      const all = [...homeTools, createAttachFileTool(workspace, parts), offerChoices, cron, status];
      const tools = all.filter(({ name }) => toolNames.includes(name));
      return {
        tools,
        systemPrompt: () => systemPrompt({ model, tools }),
        refuseCall: (tool) => policy.refuseCall(tool),
        checkpoint: () => checkpoint(workspace),
        // A heartbeat that has nothing to say may say nothing.
        lacksWords: (turn) =>
          request.task?.kind !== "heartbeat" && lacksWords({ ...turn, parts: new AnswerParts(turn.parts) }, request),
        notes: policy.has("write")
          ? createNoteKeeper(workspace, request.settings.timezone, () => readEarlierNotes(store, transcript))
          : null,
      };
    },
    close: async () => {
      await cleared;
      await loop.close().catch(() => undefined);
      const opened = home.isCalled() ? await home().catch(() => undefined) : undefined;
      await opened?.workspace.close().catch(() => undefined);
    },
  });
}

/** Whether the edge takes the calls of `cron`. One of an earlier release names no verbs, and gives a token for these alone. */
function mayPlan({ edge }: Grants): boolean {
  return edge !== undefined && (edge.verbs === undefined || edge.verbs.some((verb) => verb.startsWith("cron.")));
}

function companyOfKey(conversation: ConversationKey): Company {
  const ref = parseConversationKey(conversation);
  if (!ref.ok) throw new Error("a conversation without a key");
  return companyOf(ref.value);
}

/** Runs `make` at the first call; later calls get the same result. */
function once<T>(make: () => Promise<T>): (() => Promise<T>) & { isCalled(): boolean } {
  let made: Promise<T> | undefined;
  return Object.assign(() => (made ??= make()), { isCalled: () => made !== undefined });
}
