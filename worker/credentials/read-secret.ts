/** Secrets Manager GetSecretValue, signed with the relay's key. */
import * as v from "valibot";
import { AgentError } from "../../protocol/errors.ts";
import type { Signer } from "../agentcore/signer.ts";
import type { SecretSettings } from "../config.ts";
import { parseSecret, type SecretValues } from "./secret-values.ts";
import { postSigned } from "./signed-post.ts";

const answer = v.pipe(v.string(), v.parseJson(), v.object({ SecretString: v.string() }));
const refused = v.pipe(v.string(), v.parseJson(), v.object({ __type: v.string() }));

/**
 * Reads it. Throws `AgentError`, always one that is tried again: whoever mends the secret or the right to it is not to write
 * every message anew. Names neither a value nor the secret.
 */
export async function readSecret(sign: Signer, { arn, endpoint }: SecretSettings, now: number): Promise<SecretValues> {
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "secretsmanager.GetSecretValue",
  };
  const body = JSON.stringify({ SecretId: arn });
  const { status, text } = await postSigned(sign, { service: "Secrets Manager", endpoint, headers, body }, now);
  if (status !== 200) {
    const why = v.safeParse(refused, text);
    const code = why.success
      ? (/^(?:[\w.]+#)?(\w{1,60})$/.exec(why.output.__type)?.[1] ?? "no error code")
      : "no error code";
    throw new AgentError("agent_unavailable", `GetSecretValue answered ${status} ${code}`, { status });
  }
  const read = v.safeParse(answer, text);
  const values = read.success ? parseSecret(read.output.SecretString) : null;
  if (!values?.ok) throw new AgentError("agent_unavailable", "the secret is no JSON object");
  return values.value;
}
