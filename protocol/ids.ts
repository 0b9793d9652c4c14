/** Branded ids: plain strings that the compiler keeps apart. Each is made by one checking function. */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Names one turn; it is also the operation id in the agent's session store. `[A-Za-z0-9._-]{8,80}`. */
export type TurnId = Branded<"TurnId">;
/** Names one accepted message inside its session, such as `telegram:<bot id>:<message id>`. */
export type InboundId = Branded<"InboundId">;
/** Rises with every grant of a conversation's lane; the highest one wins everywhere. */
export type Fence = number;

const TURN_ID = /^[A-Za-z0-9._-]{8,80}$/;

/** Tells whether `text` has the form of a turn id. */
export function isTurnId(text: string): text is TurnId {
  return TURN_ID.test(text);
}

/** Tells whether `text` can be an inbound id: 1 to 200 characters, none of them a control character. */
export function isInboundId(text: string): text is InboundId {
  return text.length > 0 && text.length <= 200 && !/\p{Cc}/u.test(text);
}

/** Tells whether `value` is a usable fence: a positive safe integer. */
export function isFence(value: unknown): value is Fence {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
