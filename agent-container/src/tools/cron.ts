/** `cron`: reminders, recurring work and wake-ups, which the edge keeps. Absent where the edge takes no calls of the turn. */
import * as v from "valibot";
import { type CronRequest, cronRequest } from "../../../protocol/agent-rpc.ts";
import { JOB_BOUNDS, RPC_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { type AgentTool, type Static, ToolRefusal, Type } from "../agent/tool.ts";
import type { CallEdge, EdgeReply } from "../edge/edge-client.ts";
import { CRON_CONTEXT_BOUNDS, type RecentMessages, withRecent } from "./cron-context.ts";
import { cronText } from "./cron-text.ts";

export const CRON = "cron";

const schedule = Type.Object(
  {
    kind: Type.Union([Type.Literal("at"), Type.Literal("every"), Type.Literal("cron")]),
    at: Type.Optional(
      Type.String({
        description:
          'Once. ISO 8601 with an offset or Z, "2026-12-01T08:00+01:00", or a time from now: "20m", "1h30m", "45s".',
      }),
    ),
    everyMs: Type.Optional(
      Type.Integer({ description: `Again and again, at least ${String(JOB_BOUNDS.everyMinMs)}.` }),
    ),
    anchorMs: Type.Optional(Type.Integer({ description: "From when everyMs counts, epoch ms; now if left out." })),
    expr: Type.Optional(Type.String({ description: 'Five fields: minute hour day month weekday. "0 8 * * 1-5".' })),
    tz: Type.Optional(Type.String({ description: "Zone of expr, such as Europe/Berlin; the person's if left out." })),
    staggerMs: Type.Optional(Type.Integer({ description: "0: exactly at the full hour. Usually left out." })),
  },
  { description: "When: kind at (with at), every (with everyMs) or cron (with expr)." },
);

const payload = Type.Object(
  {
    kind: Type.Union([Type.Literal("reminder"), Type.Literal("systemEvent"), Type.Literal("agentTurn")]),
    text: Type.Optional(
      Type.String({
        description: "Of reminder: said word for word. Of systemEvent: told to you in this conversation.",
      }),
    ),
    message: Type.Optional(
      Type.String({
        description: "Of agentTurn: the task, complete in itself; it is done in a conversation of its own.",
      }),
    ),
    model: Type.Optional(Type.String({ description: "Of agentTurn, provider/model; usually left out." })),
    thinking: Type.Optional(Type.String({ description: "Of agentTurn: off, minimal, low, medium, high or xhigh." })),
    timeoutSeconds: Type.Optional(Type.Number({ description: "Of agentTurn: the longest that it may take." })),
    lightContext: Type.Optional(Type.Boolean({ description: "Of agentTurn: without the workspace files." })),
  },
  { description: "What: kind reminder (with text), systemEvent (with text) or agentTurn (with message)." },
);

const delivery = Type.Object(
  {
    mode: Type.Union([Type.Literal("announce"), Type.Literal("webhook"), Type.Literal("none")]),
    to: Type.Optional(Type.String({ description: "Of announce: here (if left out), owner, or <channel>:<chat id>." })),
    url: Type.Optional(Type.String({ description: "Of webhook." })),
  },
  { description: "Where the result goes; to this chat if left out." },
);

const fields = {
  name: Type.Optional(Type.String({ description: `At most ${String(JOB_BOUNDS.nameMax)} characters.` })),
  description: Type.Optional(Type.String()),
  schedule: Type.Optional(schedule),
  payload: Type.Optional(payload),
  delivery: Type.Optional(delivery),
  enabled: Type.Optional(Type.Boolean()),
  deleteAfterRun: Type.Optional(Type.Boolean({ description: "Of kind at: true unless said otherwise." })),
};

const parameters = Type.Object({
  action: Type.Union([
    Type.Literal("status"),
    Type.Literal("list"),
    Type.Literal("add"),
    Type.Literal("update"),
    Type.Literal("remove"),
    Type.Literal("run"),
    Type.Literal("runs"),
    Type.Literal("wake"),
  ]),
  job: Type.Optional(Type.Object(fields, { description: "For add: name, schedule and payload." })),
  jobId: Type.Optional(Type.String({ description: "For update, remove, run; for runs those of one job." })),
  patch: Type.Optional(Type.Object(fields, { description: "For update: what is to be replaced." })),
  includeDisabled: Type.Optional(Type.Boolean({ description: "For list." })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: RPC_BOUNDS.runsShownMax, description: "For runs." })),
  text: Type.Optional(Type.String({ description: "For wake: what your next heartbeat is to be told." })),
  mode: Type.Optional(
    Type.Union([Type.Literal("now"), Type.Literal("next-heartbeat")], { description: "For wake; now if left out." }),
  ),
  contextMessages: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: CRON_CONTEXT_BOUNDS.messagesMax,
      description: "For add of a reminder: so many of the last messages are put below its text.",
    }),
  ),
});

type Wish = Static<typeof parameters>;

export type CronPorts = {
  readonly callEdge: CallEdge;
  /** Names a call, the same when it is repeated after a crash. */
  readonly callIdOf: (invocationId: string) => string;
  /** The newest messages of the conversation, oldest first. */
  readonly recent: RecentMessages;
  /** IANA name of the person's time zone. */
  readonly timezone: string;
  readonly now: () => number;
};

/** Makes the tool for one turn. */
export function createCronTool({ callEdge, callIdOf, recent, timezone, now }: CronPorts): AgentTool<typeof parameters> {
  return {
    name: CRON,
    description:
      "Plans reminders and recurring work, lists and changes what is planned, and wakes your heartbeat. For a plain " +
      "reminder use payload kind reminder: it is said word for word, exactly on time, and costs nothing. Use agentTurn " +
      "where something has to be found out or done first, and systemEvent where you have to know this conversation for " +
      "it. Always give `at` an offset or Z, or a time from now; session_status tells the current time. Actions: add " +
      "(job), list, update (jobId, patch), remove (jobId), run (jobId, at once), runs, status, wake (text).",
    parameters,
    isRepeatable: true,
    execute: async (wish, { invocationId, signal }) => {
      const request = readWish(await withContext(wish, recent), callIdOf(invocationId));
      const result = resultOf(await callEdge(request, signal));
      return { text: cronText(request, result, { timezone, now: now() }) };
    },
  };
}

async function withContext(wish: Wish, recent: RecentMessages): Promise<Wish> {
  const { action, job, contextMessages = 0 } = wish;
  const text = job?.payload?.text;
  if (action !== "add" || contextMessages === 0 || text === undefined || job?.payload?.kind !== "reminder") return wish;
  const whole = withRecent(text, await recent(contextMessages));
  return { ...wish, job: { ...job, payload: { ...job.payload, text: whole } } };
}

/** The call for what the model wants. Throws `ToolRefusal` that names what is missing or wrong. */
function readWish(wish: Wish, callId: string): CronRequest {
  const call = { verb: `cron.${wish.action}`, callId, ...whatIsUsed(wish) };
  const parsed = v.safeParse(cronRequest, call, { abortPipeEarly: true });
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "the call"}: ${issue.message}`);
  throw new ToolRefusal(`Not done. ${[...new Set(problems)].slice(0, 5).join("; ")}`);
}

const USED: Readonly<Record<Wish["action"], readonly (keyof Wish)[]>> = {
  status: [],
  list: ["includeDisabled"],
  add: ["job"],
  update: ["jobId", "patch"],
  remove: ["jobId"],
  run: ["jobId"],
  runs: ["jobId", "limit"],
  wake: ["text", "mode"],
};

/** Models fill in more than an action needs; what it has no use for is left out. */
function whatIsUsed(wish: Wish): Partial<Wish> {
  const used: readonly string[] = USED[wish.action];
  return Object.fromEntries(Object.entries(wish).filter(([name]) => used.includes(name)));
}

/** What the edge has answered. Throws `ToolRefusal` for what was not done. */
function resultOf(reply: EdgeReply): unknown {
  switch (reply.kind) {
    case "done":
      return reply.result;
    case "refused":
      throw new ToolRefusal(`Not done: ${reply.message}`);
    case "unknown":
      throw new ToolRefusal(
        "There was no answer, so this may have been done or not. List the jobs to see, before you try again.",
      );
  }
}
