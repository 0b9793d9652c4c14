/** What a tool is to the rest of the container: a name, a schema and one function. pi's own tool type stays in here. */
import { type Static, type TSchema, Type } from "@earendil-works/pi-ai";
import { ClawError } from "../../../protocol/errors.ts";
import type { AnswerPart } from "./answer-parts.ts";

export { Type };
export type { Static };

type ToolContext = {
  /** The model's own id of the call. */
  readonly callId: string;
  /** Names this call among all of its transcript; the same when it is repeated after a crash. */
  readonly invocationId: string;
  /** Aborted when the turn is stopped. */
  readonly signal: AbortSignal;
};

/** What the model reads as the result of a call, and what the call adds to the answer. */
type ToolOutput = { readonly text: string; readonly part?: AnswerPart };

/** Says to the model why a call is not done, and what to do instead. */
export class ToolRefusal extends ClawError<"tool_refused"> {
  override readonly name = "ToolRefusal";

  constructor(message: string) {
    super("tool_refused", "never", message);
  }
}

/** A tool of the model. Arguments are validated against `parameters` before `execute` sees them. */
export interface AgentTool<Parameters extends TSchema = TSchema> {
  readonly name: string;
  /** Read by the model: what it does and when to use it. */
  readonly description: string;
  readonly parameters: Parameters;
  /** A call that was cut short by a crash is made again; else the model is told so, and it is not. */
  readonly isRepeatable?: true;
  /** Throws to report a failure; the message goes to the model, so it must hold no secret. */
  execute(args: Static<Parameters>, context: ToolContext): Promise<ToolOutput>;
}
