/** A running assistant: whether it answers, and what it says of itself. */
import * as v from "valibot";
import { type AccessFacts, readAccess } from "../access-facts.ts";
import type { Address } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { type AssistantStatus, assistantStatus, deadLettersText, modelInUse, OFFLINE } from "../assistant-status.ts";
import { examineBudget } from "./budget.ts";
import { examineDiscord } from "./discord.ts";
import { examineJobs } from "./jobs.ts";
import { describeOff } from "./discord-settings.ts";
import type { Finding } from "./finding.ts";
import { examineTelegram } from "./telegram.ts";

export type AssistantExamined = {
  readonly findings: readonly Finding[];
  /** Null when it did not say. */
  readonly status: AssistantStatus | null;
  readonly access: AccessFacts;
};

const NOTHING_KNOWN: AccessFacts = { people: null, waiting: null, configuration: null };

const HEALTH_MAX_MS = 5_000;

/** `telegramProblem` is what its polling last complained of, if that is known. */
export async function examineAssistant(address: Address, telegramProblem: string | null): Promise<AssistantExamined> {
  const health = await examineHealth(address);
  if (health.state !== "ok") return { findings: [health], status: null, access: NOTHING_KNOWN };
  const answer = await askAdmin(address, "/admin/api/status");
  const api: Finding = {
    what: "admin api",
    state: answer.ok ? "ok" : "wrong",
    detail: answer.ok ? "answers" : answer.error.message,
  };
  const parsed = v.safeParse(assistantStatus, answer.ok ? answer.value : null);
  if (!parsed.success) return { findings: [health, api], status: null, access: NOTHING_KNOWN };
  const access = await readAccess(address);
  const { configuration } = access;
  // What its configuration says is what it thinks with.
  const status = { ...parsed.output, ...(configuration && { model: configuration.effective.models.default }) };
  const telegram = status.channels["telegram"] === "on" ? await examineTelegram(address) : [];
  const discord = status.channels["discord"] === "on" ? await examineDiscord(address) : [];
  const budget = await examineBudget(address);
  const jobs = await examineJobs(address, status.channels);
  const findings = [
    health,
    api,
    ...describeStatus(status, telegramProblem),
    ...budget,
    ...jobs,
    ...telegram,
    ...discord,
  ];
  return { findings, status, access };
}

async function examineHealth({ url, isLocal }: Address): Promise<Finding> {
  const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HEALTH_MAX_MS) }).catch(() => null);
  if (response?.ok) return { what: "assistant", state: "ok", detail: url };
  const why = response ? `answers ${response.status}` : "does not answer";
  const advice = isLocal ? "; start it with: npm start" : "";
  return { what: "assistant", state: "wrong", detail: `${url} ${why}${advice}` };
}

/** What it has. Pure. */
export function describeStatus(status: AssistantStatus, telegramProblem: string | null): readonly Finding[] {
  const channels = Object.entries(status.channels).map(([what, detail]): Finding => {
    if (what === "telegram" && telegramProblem !== null) return { what, state: "wrong", detail: telegramProblem };
    if (detail === "on") return { what, state: "ok", detail };
    const why = detail.replace(/^off: /, "");
    return what === "discord" ? describeOff(why) : { what, state: "off", detail: why };
  });
  const model = modelInUse(status);
  const thinks: Finding = { what: "model", state: model === null ? "off" : "ok", detail: model ?? OFFLINE };
  return [
    ...channels,
    ...describeHooks(status.hooks),
    ...describeReminders(status.reminders),
    thinks,
    ...describeDeadLetters(status.deadLetters ?? 0),
  ];
}

function describeReminders(reminders: string | undefined): readonly Finding[] {
  if (reminders === undefined) return [];
  return [{ what: "reminders", state: reminders === "on" ? "ok" : "off", detail: reminders.replace(/^off: /, "") }];
}

function describeHooks(hooks: string | undefined): readonly Finding[] {
  if (hooks === undefined) return [];
  return [{ what: "hooks", state: hooks === "on" ? "ok" : "off", detail: hooks.replace(/^off: /, "") }];
}

function describeDeadLetters(count: number): readonly Finding[] {
  if (count === 0) return [];
  return [{ what: "dead letters", state: "note", detail: deadLettersText(count) }];
}
