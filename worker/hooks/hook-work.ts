/** What a request to a hook asks for: the bodies of the hooks that are there already, and those of the configuration's. Pure. */
import * as v from "valibot";
import type { AgentConfig } from "../../protocol/agent-config.ts";
import { cutText, readHookPath, renderTemplate, textOf, valueAtPath } from "../../protocol/hook-template.ts";
import { agentBody, type HookMapping, type HookRun, type HookWork, wakeBody } from "../../protocol/hooks.ts";
import { modelOfAlias } from "../../protocol/model-choices.ts";
import { HEARTBEAT_BOUNDS, HOOK_BOUNDS, JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import { isSection } from "../../protocol/config-path.ts";
import { modelProblem } from "../../protocol/setting-checks.ts";
import { withPreset } from "./hook-presets.ts";

/** The work, or what is wrong with the body: one sentence for whoever wrote the caller. */
type Read = Result<HookWork, string>;
/** The variable of the key that a provider of models lacks. */
type MissingKeys = ReadonlyMap<string, string>;

/** `POST /hooks/wake`. */
export function readWake(body: unknown): Read {
  const parsed = v.safeParse(wakeBody, body);
  if (!parsed.success) return err(problemOf(parsed.issues));
  const { text, mode } = parsed.output;
  return ok({ kind: "wake", events: [{ text }], mode, isTrusted: false });
}

/** `POST /hooks/agent`. */
export function readAgent(body: unknown, config: AgentConfig, missingKeys: MissingKeys): Read {
  const foreign = foreignTo(body);
  if (foreign !== null) return err(foreign);
  const parsed = v.safeParse(agentBody, body);
  if (!parsed.success) return err(problemOf(parsed.issues));
  const { message, name, deliver, channel, to, model, thinking, timeoutSeconds } = parsed.output;
  const wanted = readModel(model, config, missingKeys);
  if (!wanted.ok) return wanted;
  const place = readPlace(channel, to);
  if (!place.ok) return place;
  const run: HookRun = {
    name: labelOf(name ?? "agent"),
    text: opening("agent", null),
    untrusted: message,
    to: deliver ? place.value : null,
    ...(wanted.value !== null && { model: wanted.value }),
    ...(thinking !== undefined && { thinking }),
    timeoutMs: timeoutMsOf(timeoutSeconds),
  };
  return ok({ kind: "runs", runs: [run] });
}

/** What OpenClaw takes and cannot be done here: it is not to be overlooked. */
function foreignTo(body: unknown): string | null {
  if (!isSection(body)) return null;
  if ((body["agentId"] ?? "main") !== "main") return "agentId: there is one agent here, main; leave it out.";
  if (body["sessionKey"] === undefined) return null;
  return "sessionKey: each request is a conversation of its own here, and cannot join another one; leave it out.";
}

/** `POST /hooks/<name>` of the configuration. */
export function readMapped(hook: string, mapping: HookMapping, body: unknown): Read {
  const { action = "agent", mode = "now", allowUnsafeExternalContent = false, ...settings } = withPreset(mapping);
  const scopes = readScopes(settings.forEach, body);
  if (!scopes.ok) return scopes;
  if (action === "agent") return ok({ kind: "runs", runs: scopes.value.map((scope) => runOf(hook, mapping, scope)) });
  const { eventsMax, eventTextMax } = HEARTBEAT_BOUNDS;
  if (scopes.value.length > eventsMax) {
    return err(`${settings.forEach}: has more than ${eventsMax} items, which a heartbeat cannot be told at once.`);
  }
  const events = scopes.value.map((scope) => ({
    text: messageOf(settings.message, scope, eventTextMax) || hook,
    ...idOf(settings.id, scope),
  }));
  return ok({ kind: "wake", events, mode, isTrusted: allowUnsafeExternalContent });
}

/** Whole: what is cut would be the same for two. */
function idOf(template: string | undefined, scope: unknown): { readonly id?: string } {
  const id = template === undefined ? "" : renderTemplate(template, scope);
  return id === "" ? {} : { id };
}

function runOf(hook: string, mapping: HookMapping, scope: unknown): HookRun {
  const { prompt = null, message, deliver = true, to = "owner", model, thinking, ...settings } = withPreset(mapping);
  const came = messageOf(message, scope, HOOK_BOUNDS.templateMax) || "(It holds nothing.)";
  const asked = opening(hook, prompt);
  return {
    name: hook,
    ...idOf(settings.id, scope),
    ...(settings.allowUnsafeExternalContent ? { text: `${asked}\n\n${came}` } : { text: asked, untrusted: came }),
    to: deliver ? to : null,
    ...(model !== undefined && { model }),
    ...(thinking !== undefined && { thinking }),
    timeoutMs: timeoutMsOf(settings.timeoutSeconds),
  };
}

/** Our own words, or the owner's. What came in is never among them. */
function opening(hook: string, prompt: string | null): string {
  const asked =
    prompt ?? "Answer it, or say briefly what it tells; your answer goes to a chat, not back to its sender.";
  return `Something came in through the hook \`${hook}\`. ${asked}`;
}

/** What templates are filled from: the body, or each item of a list in it. */
function readScopes(forEach: string | undefined, body: unknown): Result<readonly unknown[], string> {
  if (forEach === undefined) return ok([body]);
  const path = readHookPath(forEach);
  const items = path === null ? undefined : valueAtPath(body, path);
  if (items === undefined || items === null) return ok([]);
  if (!Array.isArray(items)) return err(`${forEach}: is no list.`);
  if (items.length > HOOK_BOUNDS.itemsMax) return err(`${forEach}: has more than ${HOOK_BOUNDS.itemsMax} items.`);
  const outer = isSection(body) ? body : {};
  return ok(items.map((item: unknown) => ({ ...outer, item })));
}

function messageOf(template: string | undefined, scope: unknown, max: number): string {
  if (template !== undefined) return renderTemplate(template, scope, max);
  return cutText(textOf(isSection(scope) && Object.hasOwn(scope, "item") ? scope["item"] : scope), max);
}

function readModel(
  name: string | undefined,
  { models }: AgentConfig,
  missingKeys: MissingKeys,
): Result<string | null, string> {
  if (name === undefined) return ok(null);
  const model = modelOfAlias(name, models) ?? name;
  const problem = modelProblem(model);
  if (problem !== null) return err(`model: ${problem}, or a short name from the configuration.`);
  const [provider = ""] = model.split("/");
  const missing = missingKeys.get(provider);
  return missing === undefined ? ok(model) : err(`model: needs ${missing}, which is not set.`);
}

/** As `to` of a job: `owner`, or a chat by its name. */
function readPlace(channel: string | undefined, to: string | undefined): Result<string, string> {
  const isAnywhere = channel === undefined || channel === "last";
  if (to === undefined) return isAnywhere ? ok("owner") : err("to: is missing; with channel it names the chat.");
  return ok(isAnywhere ? to : `${channel}:${to}`);
}

function timeoutMsOf(seconds: number | undefined): number {
  if (seconds === undefined) return JOB_BOUNDS.runMaxMs;
  return seconds === 0 ? JOB_BOUNDS.runLongestMs : Math.ceil(seconds * 1_000);
}

/** A name that says nothing to a model: only letters, digits and few signs. */
function labelOf(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, " ").trim() || "agent";
}

type Issues = readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]];

/** The first of them. Never repeats what was sent. */
function problemOf([issue]: Issues): string {
  const path = v.getDotPath(issue);
  if (path === null || path === undefined) return "The body must be an object.";
  if (issue.type === "strict_object" && issue.expected === "never") return `${path}: is unknown here.`;
  if (issue.received === "undefined") return `${path}: is missing.`;
  if (issue.type === "min_length") return `${path}: is empty.`;
  if (issue.type === "max_length") return `${path}: is longer than ${String(issue.requirement)} characters.`;
  return `${path}: must be ${issue.expected ?? "something else"}.`;
}
