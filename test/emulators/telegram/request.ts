/** Reads a Bot API call from HTTP: JSON, a form or the query; values of a form are JSON where they are not strings. */
import type { IncomingMessage } from "node:http";
import type { Params } from "./methods.ts";

export type Call = { readonly token: string; readonly method: string; readonly params: Params };

const BODY_MAX_BYTES = 1_048_576;

/** The call, or null when the path is none of the Bot API's. Throws when the body is too large or not JSON. */
export async function readCall(request: IncomingMessage): Promise<Call | null> {
  const url = new URL(request.url ?? "/", "http://emulator");
  const [, token, method] = /^\/bot([^/]+)\/(\w+)$/u.exec(url.pathname) ?? [];
  if (token === undefined || method === undefined) return null;
  const body = await readBody(request);
  const type = request.headers["content-type"] ?? "";
  const params: Record<string, unknown> = fromForm(url.searchParams);
  if (type.startsWith("application/json") && body !== "") Object.assign(params, JSON.parse(body));
  else Object.assign(params, fromForm(new URLSearchParams(body)));
  return { token, method, params };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > BODY_MAX_BYTES) throw new Error("body too large");
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Telegram takes numbers, flags and objects in a form as their JSON; a text stays a text, whatever it looks like. */
function fromForm(form: URLSearchParams): Record<string, unknown> {
  const texts = new Set(["text", "parse_mode", "url", "secret_token", "action", "ip_address"]);
  return Object.fromEntries([...form].map(([name, value]) => [name, texts.has(name) ? value : fromJson(value)]));
}

function fromJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
