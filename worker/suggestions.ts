/** What can follow a command while somebody types it. */
import { isHeardIn, THINKING_LEVELS } from "../protocol/access.ts";
import { ACCESS_BOUNDS } from "../protocol/bounds.ts";
import { StorageError } from "../protocol/errors.ts";
import { modelChoices } from "../protocol/model-choices.ts";
import { parseSessionKey } from "../protocol/session-key.ts";
import { within } from "./agentcore/deadline.ts";
import type { Intake } from "./channels/registry.ts";
import type { Config } from "./config.ts";
import { errorFields, log } from "./log.ts";
import { agentDirectory } from "./objects.ts";

type Question = Extract<Intake, { kind: "suggest" }>;

/** The choices that hold what is typed. None for those who are not heard, and when the directory does not answer. */
export async function suggestionsFor(question: Question, env: Env, config: Config): Promise<readonly string[]> {
  const wanted = question.typed.trim().toLowerCase();
  const all = await choicesOf(question, env, config);
  return all.filter((choice) => choice.toLowerCase().includes(wanted));
}

async function choicesOf({ session, sender, command }: Question, env: Env, config: Config): Promise<readonly string[]> {
  const ref = parseSessionKey(session);
  if (!ref.ok) return [];
  if (command === "think") return [...THINKING_LEVELS, "default"];
  if (command !== "model") return [];
  const late = () => new StorageError("storage_unavailable", "the directory does not answer");
  try {
    const asked = agentDirectory(env, ref.value.agent, config).policyFor(session);
    const { access, behaviour } = await within(ACCESS_BOUNDS.policyAnswerMs, asked, late);
    const isHeard = access.kind === "admitted" || (access.kind === "group" && isHeardIn(access, sender));
    return isHeard ? [...Object.keys(behaviour.aliases), ...modelChoices(behaviour), "default"] : [];
  } catch (error) {
    log("info", "suggestions_unknown", { session, ...errorFields(error) });
    return [];
  }
}
