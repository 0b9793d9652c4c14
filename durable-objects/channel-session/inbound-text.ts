/** A message in a few words: what was typed, and in brackets what came with it. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import type { Inbound, Shared } from "../../protocol/inbound.ts";

/** The words of a message, and in brackets what else is in it. */
export function describe({ text, attachments, shared = [] }: Inbound): string {
  const things = [
    ...attachments.map(({ kind, name }) => (name === undefined ? kind : `${kind} ${name}`)),
    ...shared.filter(({ kind }) => kind !== "sticker" || attachments.length === 0).map(describeShared),
  ];
  return [text, ...(things.length > 0 ? [`(${things.join(", ")})`] : [])].filter((part) => part !== "").join(" ");
}

function describeShared(shared: Shared): string {
  switch (shared.kind) {
    case "location":
      return `location ${shared.name ?? `${shared.latitude}, ${shared.longitude}`}`;
    case "contact":
      return `contact ${shared.name}`;
    case "poll":
      return `poll: ${shared.question}`;
    case "sticker":
      return `sticker ${shared.emoji ?? ""}`.trim();
    case "dice":
      return `${shared.emoji} ${shared.value}`;
    case "other":
      return shared.what;
    default:
      return assertNever(shared);
  }
}
