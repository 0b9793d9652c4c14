/** `/config`: shows the owner the configuration and its versions, and changes it. */
import { assertNever } from "../../protocol/assert.ts";
import type { ConfigChange, ConfigOutcome } from "../../protocol/configuration.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { Texts } from "../../protocol/texts/texts.ts";
import { keepAttempt, readAttempt } from "./command-attempt.ts";
import type { ConfigRequest } from "./command-config-request.ts";
import {
  renderAt,
  renderDifferences,
  renderOutcome,
  renderOverview,
  renderProblems,
  renderVersions,
} from "./command-config-text.ts";
import type { Errand } from "./command-errand.ts";
import type { Said } from "./command-said.ts";

/** Distributes over the union, so that each kind keeps its own fields. */
type WithoutAuthor<Change> = Change extends unknown ? Omit<Change, "by" | "ifVersion"> : never;

/** Carries the command out. Throws if the directory cannot be asked; it can then be repeated. */
export async function answerConfig(request: ConfigRequest, errand: Errand): Promise<Said> {
  return { text: await answer(request, errand, textsFor(errand.language)) };
}

async function answer(request: ConfigRequest, errand: Errand, texts: Texts): Promise<string> {
  const { directory, session } = errand;
  switch (request.what) {
    case "overview":
      return renderOverview(await directory.configuration(), texts);
    case "get":
      return renderAt(await directory.configuration(), request.path, texts);
    case "set":
      return change({ kind: "set", values: { [request.path]: request.value }, unset: [] }, errand, texts);
    case "unset":
      return change({ kind: "set", values: {}, unset: [request.path] }, errand, texts);
    case "rollback":
      return change({ kind: "rollback", to: request.to }, errand, texts);
    case "history": {
      const { timezone } = session.policy().behaviour;
      return renderVersions(await directory.listConfigurations(), timezone, texts);
    }
    case "diff":
      return diff(request, errand, texts);
    case "validate": {
      const document = request.document === undefined ? (await directory.configuration()).document : request.document;
      return renderProblems(await directory.validateConfiguration(document), texts);
    }
    case "malformed":
      return request.why === "no_json" ? texts.config.noJson : texts.config.howTo;
    default:
      return assertNever(request);
  }
}

/** Makes the change for the version that was there when it was first tried, so that it is made at most once. */
async function change(wanted: WithoutAuthor<ConfigChange>, errand: Errand, texts: Texts): Promise<string> {
  const { directory, session, id } = errand;
  const before = readAttempt(session.sql, id, "config");
  const version = before?.version ?? (await directory.configuration()).version;
  if (!before) keepAttempt(session.sql, id, { kind: "config", version });
  const asked = await directory.changeConfiguration({ ...wanted, by: session.key, ifVersion: version });
  const outcome = before ? await madeBefore(asked, version, errand) : asked;
  return renderOutcome(outcome, texts);
}

/** If an earlier try got through, the next version is ours. */
async function madeBefore(
  outcome: ConfigOutcome,
  version: number,
  { directory, session }: Errand,
): Promise<ConfigOutcome> {
  if (outcome.kind !== "refused" || outcome.code !== "other_version") return outcome;
  const versions = await directory.listConfigurations();
  const isOurs = versions.some((entry) => entry.version === version + 1 && entry.by === session.key);
  return isOurs ? { kind: "done", version: version + 1, changed: true } : outcome;
}

async function diff(
  { from, to }: Extract<ConfigRequest, { what: "diff" }>,
  { directory }: Errand,
  texts: Texts,
): Promise<string> {
  const { version } = await directory.configuration();
  if (version === 0) return texts.config.noHistory;
  const [older, newer] = [from ?? version - 1, to ?? version];
  const differences = await directory.diffConfigurations(older, newer);
  return differences === null ? texts.config.unknownVersion : renderDifferences(differences, older, newer, texts);
}
