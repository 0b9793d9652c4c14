/** What `/config` says, in words. Pure; every text fits into one message. */
import { assertNever } from "../../protocol/assert.ts";
import { isSection, parsePath, settingsOf, valueAt } from "../../protocol/config-path.ts";
import type {
  ConfigDifference,
  ConfigOutcome,
  ConfigurationView,
  ConfigVersion,
  DocumentProblem,
} from "../../protocol/configuration.ts";
import { fenced } from "../../protocol/texts/fenced.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { formatTime } from "../../protocol/texts/language.ts";
import type { Texts } from "../../protocol/texts/texts.ts";
import { boundedList } from "./command-list.ts";

/** A value in a list, and one that is shown by itself. UTF-16 units. */
const VALUE_MAX = 200;
const VALUE_ALONE_MAX = 3_000;
/** Versions that are listed, the newest. */
const VERSIONS_SHOWN = 15;

/** What was set, and nothing else. */
export function renderOverview({ version, document }: ConfigurationView, { config, more }: Texts): string {
  const settings = [...settingsOf(document)].map(([path, value]) => `${inlineCode(path, VALUE_MAX)}: ${shown(value)}`);
  const head =
    settings.length === 0 ? [config.nothingSet] : [config.header(String(version)), boundedList(settings, more)];
  return [...head, config.hint].join("\n\n");
}

/** What counts at a path, or everywhere, and whether it was set. */
export function renderAt(view: ConfigurationView, path: string | null, texts: Texts): string {
  const { config, more } = texts;
  const keys = path === null ? [] : parsePath(path);
  const value = keys === null ? undefined : valueAt(view.effective, keys);
  if (keys === null || value === undefined) return config.unknownPath(inlineCode(path ?? "", VALUE_MAX));
  if (!isSection(value)) return renderValue(view, path ?? "", keys, value, texts);
  const set = settingsOf(view.document);
  const lines = [...settingsOf(value)].map(([below, setting]) => {
    const whole = path === null ? below : `${path}.${below}`;
    const origin = set.has(whole) ? config.originSet : config.originDefault;
    return config.setting({ path: inlineCode(whole, VALUE_MAX), value: shown(setting), origin });
  });
  return lines.length === 0
    ? config.unknownPath(inlineCode(path ?? "", VALUE_MAX))
    : [config.all, boundedList(lines, more)].join("\n\n");
}

function renderValue(
  { document }: ConfigurationView,
  path: string,
  keys: readonly string[],
  value: unknown,
  { config }: Texts,
): string {
  const isSet = valueAt(document, keys) !== undefined;
  const head = (isSet ? config.isSet : config.isDefault)(inlineCode(path, VALUE_MAX));
  const json = JSON.stringify(value, null, 2);
  const isCut = json.length > VALUE_ALONE_MAX;
  const body = fenced(isCut ? json.slice(0, VALUE_ALONE_MAX).toWellFormed() : json);
  return [head, body, ...(isCut ? [config.cut] : [])].join("\n\n");
}

/** What became of a change. */
export function renderOutcome(outcome: ConfigOutcome, texts: Texts): string {
  const { config } = texts;
  switch (outcome.kind) {
    case "done":
      return outcome.changed
        ? `${config.changed(String(outcome.version))} ${config.nextTurn}${ownerLine(outcome.newOwner, texts)}`
        : config.unchanged(String(outcome.version));
    case "invalid":
      return `${config.invalid}\n\n${listProblems(outcome.problems, texts)}`;
    case "refused":
      return { unknown_version: config.unknownVersion, other_version: config.otherVersion, too_large: config.tooLarge }[
        outcome.code
      ];
    default:
      return assertNever(outcome);
  }
}

function ownerLine(newOwner: string | null | undefined, { config }: Texts): string {
  if (newOwner === undefined) return "";
  return `\n\n${newOwner === null ? config.noOwner : config.newOwner(inlineCode(newOwner))}`;
}

/** Everything that is wrong with a document. */
export function renderProblems(problems: readonly DocumentProblem[], texts: Texts): string {
  return problems.length === 0 ? texts.config.valid : listProblems(problems, texts);
}

function listProblems(problems: readonly DocumentProblem[], { config, more }: Texts): string {
  const lines = problems.map(({ path, problem }) =>
    config.problem(inlineCode(path === "" ? "/" : path, VALUE_MAX), inlineCode(problem, 2 * VALUE_MAX)),
  );
  return boundedList(lines, more);
}

/** The newest versions, with who made them and when. */
export function renderVersions(
  versions: readonly ConfigVersion[],
  timezone: string,
  { config, more, language }: Texts,
): string {
  if (versions.length === 0) return config.noHistory;
  const lines = versions.slice(0, VERSIONS_SHOWN).map(({ version, at, by, note }) =>
    config.version({
      version: String(version),
      at: formatTime(at, timezone, language),
      note: inlineCode(note, VALUE_MAX / 2),
      by: by === "admin" ? config.byAdmin : config.byChat(inlineCode(by)),
    }),
  );
  const left = versions.length - lines.length;
  const list = boundedList(lines, more);
  return [config.history, left > 0 ? `${list}\n- ${more(String(left))}` : list].join("\n\n");
}

/** What two versions say differently. */
export function renderDifferences(
  differences: readonly ConfigDifference[],
  from: number,
  to: number,
  { config, more }: Texts,
): string {
  const [older, newer] = [String(from), String(to)];
  if (differences.length === 0) return config.noDifference(older, newer);
  const lines = differences.map(({ path, before, after }) =>
    config.difference({
      path: inlineCode(path, VALUE_MAX),
      before: before === undefined ? config.notSet : shown(before),
      after: after === undefined ? config.notSet : shown(after),
    }),
  );
  return [config.differences(older, newer), boundedList(lines, more)].join("\n\n");
}

function shown(value: unknown): string {
  return inlineCode(typeof value === "string" ? value : JSON.stringify(value), VALUE_MAX);
}
