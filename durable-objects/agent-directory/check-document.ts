/** Whether a configuration document can be one: its form, and what its values mean. Names every problem. Pure. */
import * as v from "valibot";
import { activeHoursProblem } from "../../protocol/active-hours.ts";
import {
  type AgentConfig,
  type ConfigDocument,
  configDocument,
  DM_CHANNELS,
  namesIn,
  overDefaults,
} from "../../protocol/agent-config.ts";
import { formatPath, isSection, type Section, valueAt, withoutEmpty } from "../../protocol/config-path.ts";
import { CONFIG_BOUNDS } from "../../protocol/bounds.ts";
import type { DocumentProblem } from "../../protocol/configuration.ts";
import { readHookPath, templateProblem } from "../../protocol/hook-template.ts";
import { hookNameProblem } from "../../protocol/hooks.ts";
import { MENTION_PATTERN_PROBLEM, mentionPattern } from "../../protocol/mention-pattern.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import {
  aliasProblem,
  modelProblem,
  peerProblem,
  reactionProblem,
  timeOfDayProblem,
  timezoneProblem,
} from "../../protocol/setting-checks.ts";
import { nameProblem } from "./config-change.ts";

/** What a document is checked against. */
export type Deployment = {
  readonly defaults: AgentConfig;
  /** Providers of models that it has no key for, and the variable that is missing. */
  readonly missingKeys: ReadonlyMap<string, string>;
};

const NO_SECTION = "must be an object with settings in it";

/** The document without empty sections, or everything that is wrong with it. */
export function checkDocument(
  document: unknown,
  deployment: Deployment,
): Result<ConfigDocument, readonly DocumentProblem[]> {
  if (!isSection(document)) return err([{ path: "", problem: NO_SECTION }]);
  const parsed = v.safeParse(configDocument, document);
  const problems = [
    ...unknownNames(document, []),
    ...(parsed.success ? [] : parsed.issues.flatMap(readIssue)),
    ...meaningProblems(document, deployment),
    ...(parsed.success ? emptyListProblems(parsed.output, deployment.defaults) : []),
  ];
  const written = v.safeParse(configDocument, problems.length > 0 ? null : withoutEmpty(document));
  return written.success ? ok(written.output) : err(problems);
}

/** Valibot names only the first of several, and takes a list for an object. */
function unknownNames(section: Section, above: readonly string[]): readonly DocumentProblem[] {
  return Object.entries(section).flatMap(([key, value]): readonly DocumentProblem[] => {
    const keys = [...above, key];
    const problem = nameProblem(keys);
    if (problem !== null) return [{ path: formatPath(keys), problem }];
    if (namesIn(keys) === null) return [];
    if (isSection(value)) return unknownNames(value, keys);
    return Array.isArray(value) ? [{ path: formatPath(keys), problem: NO_SECTION }] : [];
  });
}

function readIssue(issue: v.InferIssue<typeof configDocument>): readonly DocumentProblem[] {
  const isUnknownName = issue.type === "strict_object" && issue.expected === "never";
  if (isUnknownName) return [];
  const keys = issue.path?.map(({ key }) => String(key)) ?? [];
  return [{ path: formatPath(keys), problem: formProblem(issue) }];
}

function formProblem(issue: v.InferIssue<typeof configDocument>): string {
  switch (issue.type) {
    case "picklist":
      return `must be one of ${issue.expected.replaceAll(/[()"]/g, "").replaceAll(" | ", ", ")}`;
    case "string":
      return "must be a text";
    case "boolean":
      return "must be true or false";
    case "number":
      return "must be a number, or null";
    case "integer":
      return "must be a whole number";
    case "min_value":
      return `must be ${issue.requirement} at least`;
    case "max_value":
      return `must be ${issue.requirement} at most`;
    case "array":
      return `must be a list, such as ["a", "b"]`;
    case "min_length":
      return "must not be empty";
    case "max_length":
      return `is too long, the most is ${issue.requirement}`;
    case "max_entries":
      return `has too many entries, the most is ${issue.requirement}`;
    case "strict_object":
    case "record":
      return NO_SECTION;
  }
}

/** What single values mean, as far as they have the form of one. */
function meaningProblems(document: Section, deployment: Deployment): readonly DocumentProblem[] {
  const texts = (keys: readonly string[], check: (text: string) => string | null) =>
    textProblems(document, keys, check);
  const person = (text: string) => peerProblem(text, "person", DM_CHANNELS);
  const model = (text: string) => modelProblem(text) ?? keyProblem(text, deployment);
  return [
    ...texts(["access", "allowFrom"], person),
    ...texts(["access", "groupAllowFrom"], (text) => peerProblem(text, "group", DM_CHANNELS)),
    ...groupProblems(document),
    ...["default", "fallbacks", "choices"].flatMap((name) => texts(["models", name], model)),
    ...aliasProblems(document, model),
    ...texts(["conversations", "dailyReset"], timeOfDayProblem),
    ...hookProblems(document, model),
    ...texts(["heartbeat", "activeHours"], activeHoursProblem),
    ...texts(["heartbeat", "model"], model),
    ...texts(["messages", "mentionPatterns"], (text) => (mentionPattern(text) ? null : MENTION_PATTERN_PROBLEM)),
    ...texts(["messages", "ackReaction"], reactionProblem),
    ...texts(["timezone"], timezoneProblem),
  ];
}

function groupProblems(document: Section): readonly DocumentProblem[] {
  const groups = valueAt(document, ["access", "groups"]);
  return Object.keys(isSection(groups) ? groups : {}).flatMap((name) => {
    const keys = ["access", "groups", name];
    const problem = peerProblem(name, "group", DM_CHANNELS);
    const [channel] = name.split(":");
    const sender = (text: string) =>
      peerProblem(text, "person", DM_CHANNELS) ??
      (text.startsWith(`${channel}:`) ? null : "is on another channel than the group");
    return [
      ...(problem === null ? [] : [{ path: formatPath(keys), problem }]),
      ...textProblems(document, [...keys, "senders"], sender),
    ];
  });
}

/** Of names that differ only in the case of their letters, `/model` would find one. */
function aliasProblems(document: Section, model: (text: string) => string | null): readonly DocumentProblem[] {
  const aliases = valueAt(document, ["models", "aliases"]);
  const names = Object.keys(isSection(aliases) ? aliases : {});
  return names.flatMap((name, index) => {
    const keys = ["models", "aliases", name];
    const isTwice = names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) < index;
    const problem = aliasProblem(name) ?? (isTwice ? "is there twice" : null);
    return [...(problem === null ? [] : [{ path: formatPath(keys), problem }]), ...textProblems(document, keys, model)];
  });
}

function hookProblems(document: Section, model: (text: string) => string | null): readonly DocumentProblem[] {
  const mappings = valueAt(document, ["hooks", "mappings"]);
  return Object.keys(isSection(mappings) ? mappings : {}).flatMap((name) => {
    const keys = ["hooks", "mappings", name];
    const problem = hookNameProblem(name);
    const one = (setting: string, check: (text: string) => string | null) => {
      const value = valueAt(document, [...keys, setting]);
      const found = typeof value === "string" && value !== "" ? check(value) : null;
      return found === null ? [] : [{ path: formatPath([...keys, setting]), problem: found }];
    };
    return [
      ...(problem === null ? [] : [{ path: formatPath(keys), problem }]),
      ...one("message", templateProblem),
      ...one("id", templateProblem),
      ...one("forEach", (text) => (readHookPath(text) === null ? "must be a path such as messages" : null)),
      ...one("to", (text) =>
        text === "owner" || text.includes(":") ? null : "must be owner, or a chat such as telegram:42",
      ),
      ...one("model", model),
    ];
  });
}

/** A text, or each text of a list. What is no text is a problem of its form. */
function textProblems(
  document: Section,
  keys: readonly string[],
  check: (text: string) => string | null,
): readonly DocumentProblem[] {
  const value = valueAt(document, keys);
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const entries =
    typeof value === "string"
      ? [{ at: keys, text: value }]
      : items.flatMap((text, index) => (typeof text === "string" ? [{ at: [...keys, String(index)], text }] : []));
  return entries.flatMap(({ at, text }, index) => {
    const isTwice = entries.findIndex((other) => other.text === text) < index;
    const isNamed = text === "" || text.length > CONFIG_BOUNDS.textMax;
    const problem = isNamed ? null : (check(text) ?? (isTwice ? "is there twice" : null));
    return problem === null ? [] : [{ path: formatPath(at), problem }];
  });
}

/** A model that no key reaches would fail every turn. */
function keyProblem(model: string, { missingKeys }: Deployment): string | null {
  const variable = missingKeys.get(model.slice(0, model.indexOf("/")));
  return variable === undefined ? null : `needs ${variable}, which the deployment does not have`;
}

/** A list that lets nobody in, as far as the document is to blame. */
function emptyListProblems(document: ConfigDocument, defaults: AgentConfig): readonly DocumentProblem[] {
  const { access } = overDefaults(document, defaults);
  const { allowFrom, dmPolicy, dm } = document.access ?? {};
  const isByList = DM_CHANNELS.some((channel) => (access.dm[channel] ?? access.dmPolicy) === "allowlist");
  const isSaid = allowFrom !== undefined || dmPolicy === "allowlist" || Object.values(dm ?? {}).includes("allowlist");
  if (access.allowFrom.length > 0 || !isByList || !isSaid) return [];
  const problem = "must name somebody, such as telegram:123: the policy allowlist lets nobody else in";
  return [{ path: "access.allowFrom", problem }];
}
