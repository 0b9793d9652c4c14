/** The names under which Discord may tell the same thing again. Ids are unique in all of Discord, but several bots hear it. Pure. */
import { assert } from "../../../protocol/assert.ts";
import { type InboundId, isInboundId } from "../../../protocol/ids.ts";
import { CHANNEL } from "./place.ts";

/** What is named: a message, one wording of it, a call, or something that has no id of its own. */
type Named = "message" | "edit" | "interaction" | "reaction";

/** The key of something; `parts` are ids and numbers. */
export function keyOf(applicationId: string, what: Named, ...parts: readonly (string | number)[]): string {
  return [CHANNEL, applicationId, what, ...parts].join(":");
}

/** The id under which a message or a call is kept. */
export function inboundIdOf(applicationId: string, snowflake: string): InboundId {
  const id = `${CHANNEL}:${applicationId}:${snowflake}`;
  assert(isInboundId(id), "both ids are digits");
  return id;
}
