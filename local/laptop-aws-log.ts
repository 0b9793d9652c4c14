/**
 * What the laptop's AWS tells, as lines of our log: what somebody may want to know, once, in the same words as the edge.
 * Processes that come and go as they should, and requests that succeed, are no news.
 */
import * as v from "valibot";
import { assertNever } from "../protocol/assert.ts";
import type { LogLine as AwsLogLine } from "./aws/log.ts";
import type { LogLine } from "./log.ts";

/** A step that an agent process tells of itself. */
const agentStep = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ event: v.string(), at: v.optional(v.number()), turnId: v.optional(v.string()) }),
);

/** Steps of an agent that the edge tells as well. */
const TOLD_BY_THE_EDGE: ReadonlySet<string> = new Set(["turn_started"]);

/** The line for `line`, or null if it is no news. Pure. */
export function tellAwsLine({ event, ...fields }: AwsLogLine): LogLine | null {
  const news = newsOf(event, fields);
  switch (news) {
    case "none":
      return null;
    case "info":
    case "warn":
      return { level: news, step: event, ...fields };
    case "agent":
      return tellAgentLine(event, fields);
    default:
      return assertNever(news);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function newsOf(event: string, fields: Fields): "none" | "info" | "warn" | "agent" {
  switch (event) {
    case "agent_process_started":
    case "agent_process_ready":
    case "session_ended":
      return "none";
    case "agent_process_exit":
      return fields["asked"] === true ? "none" : "warn";
    case "session_stopping":
      return fields["reason"] === "unhealthy" ? "warn" : "none";
    case "aws_request":
      return typeof fields["status"] === "number" && fields["status"] < 400 ? "none" : "warn";
    case "agent_process_not_started":
    case "work_dir_left":
      return "warn";
    case "agent_output":
    case "agent_error_output":
      return "agent";
    default:
      return "info";
  }
}

/** An agent prints its steps as JSON; anything else is a complaint of Node's. */
function tellAgentLine(event: string, fields: Fields): LogLine | null {
  const parsed = v.safeParse(agentStep, fields["line"]);
  if (!parsed.success) return { level: "warn", step: event, ...fields };
  const { event: step, at, turnId, ...rest } = parsed.output;
  if (TOLD_BY_THE_EDGE.has(step)) return null;
  return {
    ...(at !== undefined && { time: new Date(at).toISOString() }),
    level: /_(?:failed|broke)$/.test(step) ? "warn" : "info",
    step,
    ...(turnId !== undefined && { turn: turnId }),
    ...rest,
    pid: fields["pid"],
  };
}
