/** Reads a Bot API call, or the download of a file, from HTTP: JSON, a form, multipart or the query. */
import type { IncomingMessage } from "node:http";
import { ApiFailure, badRequest } from "./failure.ts";
import { boundaryOf, readMultipart, type Uploads } from "./multipart.ts";
import { readParameter, type Schema } from "./schema.ts";

export type Params = Readonly<Record<string, unknown>>;
export type Call = {
  readonly token: string;
  /** `file` for the download of one, whose only parameter is its `path`. */
  readonly method: string;
  readonly params: Params;
  readonly files: Uploads;
  /** Why the body could not be read. */
  readonly problem: ApiFailure | null;
};

type Body = Pick<Call, "params" | "files">;

const BODY_MAX_BYTES = 1_048_576;
const NO_FILES: Uploads = new Map();
/** A part may be named like the parameter that it stands for, instead of being called by "attach://". */
const FILE_PARAMETERS = ["photo", "document", "voice", "audio", "video", "animation", "thumbnail"] as const;

/** The call, or null when the path is none of the Bot API's. Rejects when the connection breaks before it is complete. */
export async function readCall(request: IncomingMessage, schema: Schema): Promise<Call | null> {
  const url = new URL(request.url ?? "/", "http://emulator");
  const [, fileToken, path] = /^\/file\/bot([^/]+)\/(.+)$/u.exec(url.pathname) ?? [];
  if (fileToken !== undefined) {
    return { token: fileToken, method: "file", params: { path }, files: NO_FILES, problem: null };
  }
  const [, token, method] = /^\/bot([^/]+)\/(\w+)$/u.exec(url.pathname) ?? [];
  if (token === undefined || method === undefined) return null;
  try {
    const query = fromForm(url.searchParams, schema, method);
    const { params, files } = await readBody(request, schema, method);
    return { token, method, params: { ...query, ...params }, files, problem: null };
  } catch (error) {
    if (error instanceof ApiFailure) return { token, method, params: {}, files: NO_FILES, problem: error };
    throw error;
  }
}

async function readBody(request: IncomingMessage, schema: Schema, method: string): Promise<Body> {
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("multipart/form-data")) {
    const boundary = boundaryOf(type);
    if (boundary === null) throw badRequest("boundary in multipart/form-data not found");
    const { fields, files } = await readMultipart(request, boundary);
    const direct = FILE_PARAMETERS.filter((name) => files.has(name)).map((name) => [name, `attach://${name}`]);
    return { params: { ...Object.fromEntries(direct), ...fromForm(fields, schema, method) }, files };
  }
  const text = await readText(request);
  if (!type.startsWith("application/json") || text === "") {
    return { params: fromForm(new URLSearchParams(text), schema, method), files: NO_FILES };
  }
  return { params: parseObject(text), files: NO_FILES };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes <= BODY_MAX_BYTES) chunks.push(buffer);
  }
  if (bytes > BODY_MAX_BYTES) throw new ApiFailure(413, "Request Entity Too Large");
  return Buffer.concat(chunks).toString("utf8");
}

function parseObject(text: string): Params {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch {
    // said below
  }
  throw badRequest("JSON object expected");
}

/** In a form all is text: what a parameter may be says what it is. */
function fromForm(form: Iterable<readonly [string, string]>, schema: Schema, method: string): Params {
  return Object.fromEntries([...form].map(([name, text]) => [name, readParameter(schema, method, name, text)]));
}
