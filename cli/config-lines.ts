/** A configuration, its versions and their differences, as people read them. Pure. */
import { printableLine } from "../local/terminal-text.ts";
import * as v from "valibot";
import { formatPath, isSection, parsePath, valueAt } from "../protocol/config-path.ts";
import type { ConfigurationAnswer } from "./access-answers.ts";
import { variableOf } from "./config-variables.ts";
import { describe, localTime, table } from "./table.ts";

/** A setting with the value that counts. */
export type Setting = {
  readonly path: string;
  readonly value: unknown;
  /** Whether it was set; else it is what the environment or the release says. */
  readonly isSet: boolean;
};

/** All settings, each once. */
export function settingsOf(configuration: ConfigurationAnswer): readonly Setting[] {
  return settingsBelow(configuration, []);
}

/** The setting at a path, or all below it. */
export function settingsAt(configuration: ConfigurationAnswer, path: string): readonly Setting[] {
  const keys = parsePath(path);
  return keys === null ? [] : settingsBelow(configuration, keys);
}

/** Lists are values, and so is a section with nothing in it. */
function settingsBelow(configuration: ConfigurationAnswer, keys: readonly string[]): readonly Setting[] {
  const value = valueAt(configuration.effective, keys);
  if (value === undefined) return [];
  const names = isSection(value) ? Object.keys(value) : [];
  if (names.length > 0) return names.flatMap((name) => settingsBelow(configuration, [...keys, name]));
  return [{ path: formatPath(keys), value, isSet: valueAt(configuration.document, keys) !== undefined }];
}

/** One line a setting: what it is called, where it comes from, and what it is. */
export function showSettings(settings: readonly Setting[]): readonly string[] {
  return table(settings.map(({ path, value, isSet }) => [path, isSet ? "set" : defaultOf(path), valueText(value)]));
}

function defaultOf(path: string): string {
  const variable = variableOf(path);
  return variable === null ? "default" : `default (${variable})`;
}

/** A value as `config set` takes it. */
export function valueText(value: unknown): string {
  if (value === undefined) return "not set";
  return typeof value === "string" && isPlain(value) ? value : JSON.stringify(value);
}

/** Whether a text is taken for itself, not for JSON. */
function isPlain(text: string): boolean {
  return text !== "" && readValue(text) === text;
}

/** What was typed for a value: JSON if it is that, else the text. */
export function readValue(typed: string): unknown {
  try {
    const value: unknown = JSON.parse(typed);
    return value;
  } catch {
    return typed;
  }
}

const versionsAnswer = v.object({
  versions: v.array(v.object({ version: v.number(), at: v.number(), by: v.string(), note: v.string() })),
});

/** One line a version, as they come. */
export function showVersions(answer: unknown): readonly string[] {
  const parsed = v.safeParse(versionsAnswer, answer);
  if (!parsed.success) return describe(answer);
  const { versions } = parsed.output;
  if (versions.length === 0) return [NEVER_SET];
  const rows = versions.map(({ version, at, by, note }) => [String(version), localTime(at), by, note]);
  return table([["version", "made", "by", "what"], ...rows]);
}

/** Said while there is no version. */
export const NEVER_SET = "Nothing was ever set: all is as the environment says.";

const differencesAnswer = v.object({
  differences: v.array(v.object({ path: v.string(), before: v.optional(v.unknown()), after: v.optional(v.unknown()) })),
});

/** One line for every setting that is not the same in both versions. */
export function showDifferences(answer: unknown, from: number, to: number): readonly string[] {
  const parsed = v.safeParse(differencesAnswer, answer);
  if (!parsed.success) return describe(answer);
  const { differences } = parsed.output;
  if (differences.length === 0) return [`Versions ${from} and ${to} say the same.`];
  const rows = differences.map(({ path, before, after }) => [path, valueText(before), valueText(after)]);
  return table([["setting", `version ${from}`, `version ${to}`], ...rows]);
}

const changedAnswer = v.object({
  version: v.number(),
  changed: v.boolean(),
  newOwner: v.optional(v.nullable(v.string())),
});

/** What a change has led to. */
export function describeChange(answer: unknown): readonly string[] {
  const parsed = v.safeParse(changedAnswer, answer);
  if (!parsed.success) return describe(answer);
  const { version, changed, newOwner } = parsed.output;
  if (!changed) return [`Nothing changed: it was so already, in version ${version}.`];
  return [`This is version ${version}. It counts from the next turn on.`, ...ownerLines(newOwner, version)];
}

function ownerLines(newOwner: string | null | undefined, version: number): readonly string[] {
  if (newOwner === undefined) return [];
  const undo = `If that was not meant: npm run claw -- config rollback ${version - 1}`;
  if (newOwner === null) return ["Nobody is the owner any more; whoever is let in next will be.", undo];
  const whose = "the conversation with the owner, its files and commands are theirs";
  return [printableLine(`The owner is ${newOwner} now: ${whose}.`), undo];
}
