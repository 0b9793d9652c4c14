/**
 * Templates of hooks: text with places such as `{{messages[0].from}}`, which name a value in the body of a request. Only
 * paths, no code; what is not there is empty, and what is put in is not read as a template again. Pure.
 */
import { HOOK_BOUNDS } from "./own-work-bounds.ts";

/** Names and places in lists, from the body inwards. */
export type HookPath = readonly (string | number)[];

/** A name, or a place in a list; the first one has no dot before it. */
const STEP = /\.?([A-Za-z_$][\w$-]*)|\[(\d{1,6})\]/y;
const PLACE = /\{\{([^{}]*)\}\}/g;

/** The path that a text is; null: it is none. */
export function readHookPath(text: string): HookPath | null {
  const steps: (string | number)[] = [];
  const next = new RegExp(STEP);
  while (next.lastIndex < text.length) {
    const isFirst = next.lastIndex === 0;
    const begins = text.charAt(next.lastIndex);
    const match = next.exec(text);
    if (match === null || steps.length >= HOOK_BOUNDS.pathStepsMax) return null;
    const [, name, place] = match;
    if (name !== undefined && isFirst === (begins === ".")) return null;
    steps.push(name ?? Number(place));
  }
  return steps.length > 0 ? steps : null;
}

/** The first place of a template that names no path; null: all do. */
export function templateProblem(template: string): string | null {
  for (const [, inner = ""] of template.matchAll(PLACE)) {
    if (readHookPath(inner.trim()) === null) {
      return "has a place that is no path; write {{subject}} or {{messages[0].subject}}";
    }
  }
  return template.replaceAll(PLACE, "").includes("{{") ? "has a {{ that is never closed" : null;
}

/** What a path leads to, by own properties and places in lists alone; undefined: nothing. */
export function valueAtPath(scope: unknown, path: HookPath): unknown {
  let value = scope;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) !== (typeof step === "number") || !Object.hasOwn(value, step)) return undefined;
    const inner: unknown = Reflect.get(value, step);
    value = inner;
  }
  return value;
}

/** The template with the values of `scope` in it, at most `max` UTF-16 units; what is more is cut and marked. */
export function renderTemplate(template: string, scope: unknown, max: number = HOOK_BOUNDS.templateMax): string {
  let text = "";
  let at = 0;
  for (const match of template.matchAll(PLACE)) {
    const path = readHookPath((match[1] ?? "").trim());
    text += template.slice(at, match.index) + (path === null ? "" : textOf(valueAtPath(scope, path)));
    at = match.index + match[0].length;
    if (text.length > max) break;
  }
  return cutText(text.length > max ? text : text + template.slice(at), max);
}

/** Any value of JSON as text: texts as they are, what is not there as nothing. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Cuts between two characters. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
