/** Reads a call from HTTP: JSON, or multipart with `payload_json` and files. */
import type { IncomingMessage } from "node:http";
import type { Body, Upload } from "./compose.ts";
import { formError, refusal } from "./failure.ts";
import { isObject } from "./json.ts";

/** What Discord takes in one request, whatever the files are. */
const REQUEST_MAX_BYTES = 26_214_400;

/** The bytes of a body. Rejects when the connection breaks before it is complete. */
export async function readBytes(request: IncomingMessage): Promise<Buffer | "tooLarge"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes <= REQUEST_MAX_BYTES) chunks.push(buffer);
  }
  return bytes > REQUEST_MAX_BYTES ? "tooLarge" : Buffer.concat(chunks);
}

/** The body as it is meant. Throws Discord's refusal. */
export async function readBody(bytes: Buffer | "tooLarge", contentType: string): Promise<Body> {
  if (bytes === "tooLarge") throw refusal("tooLarge");
  if (contentType.startsWith("multipart/form-data")) return readMultipart(bytes, contentType);
  if (bytes.length === 0) return { json: {}, uploads: [] };
  if (!contentType.startsWith("application/json")) {
    throw formError("", "CONTENT_TYPE_INVALID", "Expected Content-Type to be application/json.");
  }
  return { ...parse(bytes.toString("utf8")), uploads: [] };
}

async function readMultipart(bytes: Buffer, contentType: string): Promise<Body> {
  const response = new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } });
  const form = await response.formData().catch(() => {
    throw formError("", "MULTIPART_MALFORMED", "The multipart body cannot be read.");
  });
  const uploads: Upload[] = [];
  for (const [field, value] of form) {
    if (typeof value === "string") continue;
    const content = new Uint8Array(await value.arrayBuffer());
    uploads.push({ field, name: value.name, mimeType: value.type || "application/octet-stream", content });
  }
  const { payload_json: json, ...fields } = Object.fromEntries(
    [...form].filter(([, value]) => typeof value === "string"),
  );
  if (Object.keys(fields).length > 0) throw formError("", "MULTIPART_FIELDS", "Fields belong into payload_json.");
  return typeof json === "string" ? { ...parse(json), uploads } : { json: {}, uploads };
}

function parse(text: string): Pick<Body, "json" | "list"> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return { json: {}, list: parsed };
    if (isObject(parsed)) return { json: parsed };
  } catch {
    // said below
  }
  throw refusal("invalidJson");
}
