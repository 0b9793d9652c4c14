/** Schemas that several parsers of this folder share. */
import * as v from "valibot";
import { type Fence, isFence, isInboundId, isTurnId } from "./ids.ts";
import { isConversationKey } from "./session-key.ts";
import { isSpaceId } from "./space.ts";

/** A non-negative safe integer. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A string that a type predicate accepts, as its branded type. */
function branded<T extends string>(is: (text: string) => text is T, message: string) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      if (is(dataset.value)) return dataset.value;
      addIssue({ message });
      return NEVER;
    }),
  );
}

export const turnId = branded(isTurnId, "not a turn id");
export const inboundId = branded(isInboundId, "not an inbound id");
export const conversationKey = branded(isConversationKey, "not a conversation key");
export const spaceId = branded(isSpaceId, "not a space id");
export const fence = v.pipe(v.number(), v.custom<Fence>(isFence, "not a fence"));
