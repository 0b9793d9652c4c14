/** Reads the JSON body of a request to the admin API. */
import * as v from "valibot";
import { err, ok, type Result } from "../protocol/result.ts";
import { readWebhookBody } from "./webhook-body.ts";

/** `too_large`: over the cap of all bodies. `malformed_body`: cut, no JSON, or not what is asked for. */
export type JsonBodyProblem = "too_large" | "malformed_body";

/** The body, if it is what the schema says; without one, `ifEmpty` stands for it. Never throws. */
export async function readJsonBody<T>(
  request: Request,
  schema: v.GenericSchema<unknown, T>,
  ifEmpty = "",
): Promise<Result<T, JsonBodyProblem>> {
  const body = await readWebhookBody(request);
  if (!body.ok) return err(body.error === "too_large" ? "too_large" : "malformed_body");
  const text = new TextDecoder().decode(body.value).trim() || ifEmpty;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  if (!parsed.success || isDeeperThan(DEPTH_MAX, parsed.output)) return err("malformed_body");
  const read = v.safeParse(schema, parsed.output);
  return read.success ? ok(read.output) : err("malformed_body");
}

/** The answer to a body that cannot be used. */
export function refuseBody(problem: JsonBodyProblem): Response {
  return Response.json({ error: problem }, { status: problem === "too_large" ? 413 : 400 });
}

/** No body that means something nests deeper, and what is much deeper could not be written again. */
const DEPTH_MAX = 16;

/** Whether a value of JSON nests deeper. */
export function isDeeperThan(depth: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((item) => isDeeperThan(depth - 1, item));
}
