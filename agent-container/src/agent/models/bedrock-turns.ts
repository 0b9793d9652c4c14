/**
 * Joins neighbours of one role in a request to Bedrock, which wants people and model in turns (Converse API, "Message").
 * Results of tools are a person's there, and what was said meanwhile stands right behind them. Pure.
 */
import * as v from "valibot";

const request = v.looseObject({
  messages: v.array(v.looseObject({ role: v.string(), content: v.array(v.unknown()) })),
});

/** The request with roles in turns; undefined when they are, or when it is none that we know. */
export function joinTurns(payload: unknown): object | undefined {
  const parsed = v.safeParse(request, payload);
  if (!parsed.success) return undefined;
  const { messages } = parsed.output;
  const joined: typeof messages = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === message.role)
      joined[joined.length - 1] = { ...last, content: [...last.content, ...message.content] };
    else joined.push(message);
  }
  return joined.length === messages.length ? undefined : { ...parsed.output, messages: joined };
}
