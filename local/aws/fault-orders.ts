/**
 * `/_local/faults`: orders faults from another process. Bearer token: the account's secret access key.
 * POST one rule (204), GET the rules left (200), DELETE all (204).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type FaultRules, parseFaultRule } from "./faults.ts";
import { readBody } from "./request.ts";

export const FAULTS_PATH = "/_local/faults";
const RULE_MAX_BYTES = 4_096;

/** Answers one request. Never throws for a bad one. */
export async function answerFaultOrder(
  incoming: IncomingMessage,
  response: ServerResponse,
  rules: FaultRules,
  secret: string,
): Promise<{ operation: string }> {
  const operation = `${incoming.method ?? ""} faults`;
  if (!isEqual(incoming.headers.authorization ?? "", `Bearer ${secret}`)) {
    response.writeHead(401).end();
  } else if (incoming.method === "GET") {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(rules.list()));
  } else if (incoming.method === "DELETE") {
    rules.clear();
    response.writeHead(204).end();
  } else if (incoming.method === "POST") {
    response.writeHead(await order(incoming, rules)).end();
  } else {
    response.writeHead(405).end();
  }
  return { operation };
}

async function order(incoming: IncomingMessage, rules: FaultRules): Promise<number> {
  const body = await readBody(incoming, RULE_MAX_BYTES);
  if (!body.ok) return 413;
  const rule = parseFaultRule(body.value.toString());
  if (!rule.ok) return 400;
  rules.inject(rule.value);
  return 204;
}

function isEqual(left: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
