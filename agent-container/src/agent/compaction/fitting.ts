/**
 * A request that is too long although all was summed up that could be: it is made to fit, for this one call. The transcript
 * stays as it is. Without this, one message that alone is too much would be in the way of every later turn.
 */
import {
  type AssistantMessage,
  type AssistantMessageEventStream,
  createAssistantMessageEventStream,
  isContextOverflow,
  type Message,
  type SimpleStreamOptions,
  type TranscriptContext,
  type UserMessage,
} from "@earendil-works/pi-ai";
import { type Failover, streamWithFailover } from "../models/failover.ts";
import { shortenTexts } from "../models/shorten-texts.ts";
import { FIT_BOUNDS } from "./bounds.ts";
import { pointedAt } from "./originals.ts";

const LEFT_OUT = "[Messages are left out here: the conversation is too long for the model.]";

/** Starts the call; never throws. `isLastResort`: whether a summary cannot help, asked once the request was too long. */
export function streamFitting(
  failover: Failover,
  context: TranscriptContext,
  options: SimpleStreamOptions,
  isLastResort: () => Promise<boolean>,
): AssistantMessageEventStream {
  const out = createAssistantMessageEventStream();
  void run(failover, context, options, isLastResort, out);
  return out;
}

async function run(
  failover: Failover,
  context: TranscriptContext,
  options: SimpleStreamOptions,
  isLastResort: () => Promise<boolean>,
  out: AssistantMessageEventStream,
): Promise<void> {
  const { contextWindow } = failover.candidates[0].model;
  let failure = await forward(streamWithFailover(failover, context, options), out, contextWindow);
  // A store that fails here fails pi's next commit too, which says so.
  if (failure === null || !(await isLastResort().catch(() => false))) {
    if (failure !== null) out.push({ type: "error", reason: "error", error: failure });
    return;
  }
  for (const smaller of smallerOnes(context, windowOf(failover, failure))) {
    failure = await forward(streamWithFailover(failover, smaller, options), out, contextWindow);
    if (failure === null) return;
  }
  out.push({ type: "error", reason: "error", error: failure });
}

/** The window of the model that refused the request: a fallback can have a smaller one. */
function windowOf({ candidates }: Failover, { provider, model: id }: AssistantMessage): number {
  const refusing = candidates.find(({ model }) => model.provider === provider && model.id === id) ?? candidates[0];
  return refusing.model.contextWindow;
}

/** Copies the events; of a request that is too long nothing is copied, and its failure returned. */
async function forward(
  stream: AssistantMessageEventStream,
  out: Pick<AssistantMessageEventStream, "push">,
  windowTokens: number,
): Promise<AssistantMessage | null> {
  let isFirst = true;
  for await (const event of stream) {
    if (isFirst && event.type === "error" && isContextOverflow(event.error, windowTokens)) return event.error;
    isFirst = false;
    out.push(event);
  }
  return null;
}

/** The request with its longest texts cut, then without its older half, and so on. Pure. */
export function* smallerOnes(context: TranscriptContext, windowTokens: number): Generator<TranscriptContext> {
  let smaller = context;
  for (const share of FIT_BOUNDS.textShares) {
    const shortened = shortenTexts(smaller, windowTokens * share);
    if (shortened === null) continue;
    smaller = shortened;
    yield smaller;
  }
  for (let halving = 0; halving < FIT_BOUNDS.halvingsMax; halving += 1) {
    const messages = withoutOlderHalf(smaller.messages);
    if (messages === null) return;
    smaller = { ...smaller, messages };
    yield smaller;
  }
}

/**
 * The first message, which is the summary if there is one, and the newer half with what it points at; calls and results
 * stay together.
 */
function withoutOlderHalf(messages: readonly Message[]): Message[] | null {
  const said = messages.filter(({ role }) => role !== "system");
  const [first, ...rest] = said;
  if (first?.role !== "user") return null;
  const from = rest.findIndex(({ role }, at) => at >= rest.length / 2 && role !== "toolResult");
  if (from <= 0) return null;
  const [next, ...newer] = rest.slice(from);
  const words = pointedAt(rest.slice(from), rest.slice(0, from));
  const head = joined(first, { ...first, content: [{ type: "text", text: LEFT_OUT }, ...words] });
  const kept: Message[] = next?.role === "user" ? [joined(head, next)] : next === undefined ? [head] : [head, next];
  return [...messages.filter(({ role }) => role === "system"), ...kept, ...newer];
}

function joined(left: UserMessage, right: UserMessage): UserMessage {
  return { ...left, content: [...blocksOf(left), ...blocksOf(right)] };
}

function blocksOf({ content }: UserMessage): Exclude<UserMessage["content"], string> {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}
