/** The card that `/status` shows. Pure. */
import type { Behaviour, Language, Role, SessionPolicy } from "../../protocol/access.ts";
import {
  CLASS_OF_TOOL,
  companyOf,
  type Permission,
  permissionOfClass,
  taintsOfCompany,
  TOOL_CLASSES,
  type ToolClass,
} from "../../protocol/policy.ts";
import { formatDistance } from "../../protocol/duration.ts";
import type { ConversationFacts } from "../../protocol/conversations.ts";
import { type ConversationKey, parseConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { formatCost, formatCount, formatShare, formatTime, textsFor } from "../../protocol/texts/language.ts";
import type { Texts } from "../../protocol/texts/texts.ts";
import type { ContextUse, Usage } from "../../protocol/turn-event.ts";
import { behaviourIn, pickedModel, type SessionSettings } from "./settings.ts";
import type { State } from "./turn-state.ts";

export type StatusFacts = {
  readonly session: SessionKey;
  readonly conversation: ConversationKey;
  readonly policy: SessionPolicy;
  readonly settings: SessionSettings;
  readonly role: Role;
  readonly state: State;
  readonly lastUsage: Usage | null;
  readonly lastContext: LastContext | null;
  /** Null: the directory does not say. */
  readonly about: ConversationFacts | null;
  /** Null: as above, or not for whoever asks. */
  readonly jobs: JobCounts | null;
  readonly release: string;
  readonly now: number;
};

export type JobCounts = {
  readonly jobs: number;
  readonly enabled: number;
  /** Epoch ms. */
  readonly nextRunAt: number | null;
  readonly failing: number;
};

/** How full the model's window was after a turn, and when that ended. */
export type LastContext = { readonly use: ContextUse; readonly endedAt: number };

/** A release is a hash on a laptop; this much of it tells two apart. */
const RELEASE_SHOWN = 12;
/** Fallbacks that are named. */
const FALLBACKS_SHOWN = 5;
/** Longest key that there is; it is shown whole. */
const KEY_MAX = 512;

/** The Markdown of the card, in the language of whoever asks. */
export function renderStatus(facts: StatusFacts, language: Language): string {
  const texts = textsFor(language);
  const { status } = texts;
  const behaviour = behaviourIn(facts.settings, facts.policy);
  const lines = [
    ...modelLines(facts, behaviour, texts),
    status.thinking(inlineCode(behaviour.thinking), origin(facts.settings.thinking, texts)),
    tokensLine(facts.lastUsage, texts),
    ...cacheLine(facts.lastUsage, texts),
    ...contextLine(facts, texts),
    status.turn(...turnOf(facts, texts)),
    status.queue(inlineCode(behaviour.queue), texts.settings.meaning.queue[behaviour.queue]),
    status.footer(inlineCode(behaviour.usage)),
    ...activationLine(facts, texts),
    status.languageIs(status.languageName),
    status.role(status.roleName[facts.role]),
    ...nameLines(facts, behaviour.timezone, texts),
    ...jobsLine(facts, texts),
    status.conversation(inlineCode(facts.conversation, KEY_MAX)),
    status.session(inlineCode(facts.session, KEY_MAX)),
    ...permissionLines(facts.conversation, texts),
  ];
  const release = status.release(inlineCode(facts.release.slice(0, RELEASE_SHOWN)));
  return [release, "", ...lines.map((line) => `- ${line}`)].join("\n");
}

function modelLines({ settings, policy, lastUsage }: StatusFacts, behaviour: Behaviour, texts: Texts): string[] {
  const { status, models } = texts;
  const isOwn = pickedModel(settings, policy) !== null;
  const byDefault = policy.behaviour.model;
  // Which one the keys have chosen is known from what it did.
  const current = behaviour.model ?? lastUsage?.model;
  const defaultText = status.defaultModel(byDefault === null ? models.byKeys : inlineCode(byDefault));
  const shown = current === undefined ? models.byKeys : inlineCode(current);
  const from = isOwn ? `${texts.settings.setHere}; ${defaultText}` : texts.settings.byDefault;
  const named = behaviour.fallbacks.slice(0, FALLBACKS_SHOWN).map((name) => inlineCode(name));
  const more = behaviour.fallbacks.length - named.length;
  const fallbacks = [...named, ...(more > 0 ? [texts.more(String(more))] : [])].join(", ");
  return [status.model(shown, from), ...(fallbacks === "" ? [] : [status.fallbacks(fallbacks)])];
}

function origin(own: string | null, { settings }: Texts): string {
  return own === null ? settings.byDefault : settings.setHere;
}

function tokensLine(usage: Usage | null, { status, language }: Texts): string {
  if (!usage) return status.noTokens;
  return status.tokens({
    input: formatCount(usage.inputTokens, language),
    output: formatCount(usage.outputTokens, language),
    cost: formatCost(usage.costUsd, language),
    model: inlineCode(usage.model),
  });
}

/** Of what the model was given. */
function cacheLine(usage: Usage | null, { status, language }: Texts): string[] {
  if (!usage) return [];
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  const given = inputTokens + cacheReadTokens + cacheWriteTokens;
  return given > 0 ? [status.cache(formatShare(cacheReadTokens / given, language))] : [];
}

/** Of the conversation as it goes on now: one that began anew since has an empty window. */
function contextLine({ lastContext, about }: StatusFacts, { status, language }: Texts): string[] {
  if (!lastContext || about?.isFresh === true || lastContext.endedAt < (about?.beganAt ?? 0)) return [];
  const { tokens, windowTokens, compactions } = lastContext.use;
  return [
    status.context({
      tokens: formatCount(tokens, language),
      windowTokens: formatCount(windowTokens, language),
      share: formatShare(windowTokens > 0 ? tokens / windowTokens : 0, language),
      compactions: formatCount(compactions, language),
    }),
  ];
}

function nameLines({ about }: StatusFacts, timezone: string, texts: Texts): string[] {
  if (!about) return [];
  const { status, language } = texts;
  const { name, defaultName, beganAt, isFresh } = about;
  const began = beganAt === null ? [] : [status.began(formatTime(beganAt, timezone, language))];
  return [status.name(inlineCode(name ?? defaultName), origin(name, texts)), ...(isFresh ? [status.fresh] : began)];
}

function jobsLine({ jobs, now }: StatusFacts, { jobs: { status }, language }: Texts): string[] {
  if (!jobs) return [];
  const { enabled, nextRunAt, failing } = jobs;
  if (jobs.jobs === 0) return [status.none];
  return [
    [
      status.some(formatCount(enabled, language)),
      ...(jobs.jobs > enabled ? [status.off(formatCount(jobs.jobs - enabled, language))] : []),
      ...(nextRunAt === null ? [] : [status.next(formatDistance(nextRunAt, now, language))]),
      ...(failing > 0 ? [status.failing(formatCount(failing, language))] : []),
    ].join(", "),
  ];
}

function turnOf({ state, now }: StatusFacts, { status, language }: Texts): [string, string] {
  const { turn, open } = state;
  const seconds = formatCount(turn ? Math.max(0, (now - turn.startedAt) / 1_000) : 0, language);
  const waiting = open.filter((message) => message.state === "accepted").length;
  return [turn ? status.phase[turn.phase](seconds) : status.idle, formatCount(waiting, language)];
}

function activationLine({ policy: { access }, settings }: StatusFacts, texts: Texts): string[] {
  if (access.kind !== "group") return [];
  const activation = settings.activation ?? access.activation;
  return [texts.status.activation(`${inlineCode(activation)}, ${texts.settings.meaning.activation[activation]}`)];
}

function permissionLines(conversation: ConversationKey, { status }: Texts): string[] {
  const ref = parseConversationKey(conversation);
  if (!ref.ok) return [];
  const company = companyOf(ref.value);
  const taints = taintsOfCompany(company);
  const listed = (classes: readonly ToolClass[], permission: Permission) =>
    classes
      .filter((tools) => permissionOfClass(tools, company, taints) === permission)
      .map((tools) => status.does[tools])
      .join("; ");
  // What is allowed is of use only where there is a tool for it.
  const usable = TOOL_CLASSES.filter((tools) => Object.values(CLASS_OF_TOOL).includes(tools));
  const [allowed, asked, denied] = [listed(usable, "allow"), listed(usable, "ask"), listed(TOOL_CLASSES, "deny")];
  return [
    ...(allowed === "" ? [] : [status.allow(allowed)]),
    ...(asked === "" ? [] : [status.ask(asked)]),
    ...(denied === "" ? [] : [status.deny(denied)]),
  ];
}
