/** One signed POST of the relay to an AWS service. */
import { AgentError } from "../../protocol/errors.ts";
import { readBounded } from "../../protocol/bounded-body.ts";
import type { Signer } from "../agentcore/signer.ts";
import { EDGE_CREDENTIAL_BOUNDS } from "./bounds.ts";

export type PostAnswer = { readonly status: number; readonly text: string };

export type ServicePost = {
  /** As errors call it. */
  readonly service: string;
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Throws `AgentError` (`agent_unavailable`) when no answer comes. */
export async function postSigned(sign: Signer, post: ServicePost, now: number): Promise<PostAnswer> {
  const { service, endpoint, headers, body } = post;
  const signed = await sign({ url: new URL("/", endpoint).href, headers, body }, now);
  try {
    const signal = AbortSignal.timeout(EDGE_CREDENTIAL_BOUNDS.timeoutMs);
    const response = await fetch(signed.url, { ...signed.init, redirect: "manual", signal });
    return { status: response.status, text: await readBounded(response, EDGE_CREDENTIAL_BOUNDS.replyMaxBytes) };
  } catch (error) {
    throw new AgentError("agent_unavailable", `${service} cannot be reached`, { cause: error });
  }
}
