/** `claw status`: what the assistant is connected to, who may speak, what it thinks with, how many chats it has. */
import * as v from "valibot";
import { type AccessFacts, FACT_PATHS, factsOf } from "../access-facts.ts";
import { directText, groupsText, ownerText, waitingText } from "../access-words.ts";
import {
  type AssistantStatus,
  assistantStatus,
  jobsText,
  modelInUse,
  OFFLINE,
  SEE_DEAD_LETTERS,
} from "../assistant-status.ts";
import { BUDGET_PATH, readBudget } from "../budget-state.ts";
import { describe, table } from "../table.ts";
import { askAndPrint, type Shown } from "./ask.ts";
import type { Verb } from "./verb.ts";

const answers = v.tuple([v.looseObject(assistantStatus.entries), v.object({ sessions: v.array(v.unknown()) })]);

export const statusVerb: Verb = {
  name: "status",
  summary: "its channels, who may speak, model and runtime, and the number of chats",
  run: (options) =>
    askAndPrint("status", ["/admin/api/status", "/admin/api/sessions"], options, showStatus, [
      ...FACT_PATHS,
      BUDGET_PATH,
    ]),
};

/** What another release answers in its own form is shown as it is. Pure. */
export function showStatus([first, second, ...others]: readonly unknown[]): Shown {
  const parsed = v.safeParse(answers, [first, second]);
  if (!parsed.success) return { json: first, lines: describe(first) };
  const [status, { sessions }] = parsed.output;
  const facts = factsOf(others);
  const budget = readBudget(others[FACT_PATHS.length]);
  const rows = [
    ...Object.entries(status.channels),
    ...(status.hooks === undefined ? [] : [["hooks", status.hooks]]),
    ...accessRows(facts, status),
    ["model", modelText(facts, status)],
    ["runtime", `${status.runtime.endpoint} (${status.runtime.region})`],
    ["sessions", String(sessions.length)],
    ...(status.deadLetters === undefined ? [] : [["dead letters", countText(status.deadLetters)]]),
    ...(status.jobs === undefined ? [] : [["jobs", jobsText(status.jobs)]]),
    ...(budget === null ? [] : [["budget", budget.text]]),
    ["deployment", status.deployment],
  ];
  const { people, waiting, configuration } = facts;
  const known = { ...(people && { people: people.length }), ...(waiting !== null && { pairings: waiting }) };
  const version = configuration && { configuration: configuration.version };
  return { json: { ...status, ...known, ...version, sessions: sessions.length }, lines: table(rows) };
}

function accessRows({ people, waiting, configuration }: AccessFacts, status: AssistantStatus): readonly string[][] {
  const access = configuration?.effective.access ?? null;
  return [
    ["owner", people === null ? (status.access.owner ?? "nobody yet") : ownerText(people, access, status.channels)],
    ...(people === null ? [] : [["people", String(people.length)]]),
    ...(waiting === null ? [] : [["pairings", waitingText(waiting)]]),
    ...(access === null
      ? []
      : [
          ["direct chats", directText(access)],
          ["groups", groupsText(access)],
        ]),
    ...(configuration === null ? [] : [["configuration", versionText(configuration.version)]]),
  ];
}

function versionText(version: number): string {
  return version === 0 ? "as the environment says" : `version ${version}; see npm run claw -- config get`;
}

/** The configuration can name another model than the environment. */
function modelText({ configuration }: AccessFacts, { model, modelKeys }: AssistantStatus): string {
  const named = configuration === null ? model : configuration.effective.models.default;
  return modelInUse({ model: named, modelKeys }) ?? OFFLINE;
}

function countText(count: number): string {
  return count === 0 ? "none" : `${count}; ${SEE_DEAD_LETTERS}`;
}
