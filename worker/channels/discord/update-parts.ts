/** The parts that Discord's objects have in common, checked. Names are Discord's. Pure. */
import * as v from "valibot";

export const integer = v.pipe(v.number(), v.safeInteger());

/** "Snowflakes": 64 bits as digits, in one form only. It becomes part of keys and addresses. */
export const snowflake = v.pipe(v.string(), v.regex(/^[1-9]\d{0,19}$/u));
/** What an interaction is answered with, in an address. Discord's have about 200 characters and none that means more there. */
export const token = v.pipe(v.string(), v.maxLength(1_000), v.regex(/^[^\s/?#%\p{Cc}]+$/u));

/** "Snowflakes": the first second of 2015, and the bits below the time. */
const EPOCH_MS = 1_420_070_400_000;
const TIME_SHIFT = 22n;

/** When what has this id was made, epoch ms. */
export function timeOf(id: string): number {
  return Number(BigInt(id) >> TIME_SHIFT) + EPOCH_MS;
}

/** Most items that are read of a list: "Create Message" and the apps allow far fewer of anything. */
const ITEMS_MAX = 100;

/** A field that may be missing, null or of a form that we cannot read: none of that makes the rest unreadable. */
export function hint<Output>(schema: v.GenericSchema<unknown, Output>) {
  return v.fallback(v.nullish(schema), null);
}

/** A list whose unreadable items are left out; empty if it is missing. */
export function listOf<Output>(item: v.GenericSchema<unknown, Output>) {
  const items = v.pipe(
    v.array(hint(item)),
    v.transform((all) => all.slice(0, ITEMS_MAX).flatMap((one) => (one === null || one === undefined ? [] : [one]))),
  );
  return v.fallback(items, []);
}

/** By id; what is unreadable is left out. */
export function mapOf<Output>(item: v.GenericSchema<unknown, Output>) {
  return v.fallback(v.record(v.string(), hint(item)), {});
}

/** Whether it is a bot is not guessed: a form that we cannot read makes all of it unreadable. */
export const user = v.object({
  id: snowflake,
  username: v.fallback(v.string(), ""),
  global_name: hint(v.string()),
  bot: v.nullish(v.boolean()),
});

/** Somebody in one guild; messages tell the user beside it. */
export const member = v.object({ user: v.nullish(user), nick: hint(v.string()), roles: listOf(snowflake) });

/** Where an interaction happens, as far as Discord tells. */
export const channel = v.object({
  id: snowflake,
  type: v.nullish(integer),
  parent_id: v.nullish(snowflake),
  name: hint(v.string()),
});

/** A custom one has an id; its name is null once it is deleted. */
export const emoji = v.object({ id: v.nullish(snowflake), name: hint(v.string()) });

/** Which place of a body is wrong, and what should be there; never its value. */
export function problem(issue: v.BaseIssue<unknown>): string {
  return `${v.getDotPath(issue) ?? "body"}: not ${issue.expected ?? issue.type}`;
}

export type User = v.InferOutput<typeof user>;
export type Member = v.InferOutput<typeof member>;
export type Emoji = v.InferOutput<typeof emoji>;
