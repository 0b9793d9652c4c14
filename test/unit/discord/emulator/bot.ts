/** A bot as the tests of the emulated Discord play it: raw calls, an endpoint that answers what it is told, and a world. */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { verifyKey } from "discord-interactions";
import { onTestFinished } from "vitest";
import {
  type DiscordEmulator,
  type EmulatorOptions,
  type Person,
  readSchema,
  startDiscordEmulator,
} from "../../../emulators/discord/index.ts";
import type { Json } from "../../../emulators/discord/json.ts";

const OFFICIAL = resolve(import.meta.dirname, "../../../../../shared/fixtures/schemas/discord-openapi.json");
/** The official document, where it is at hand. */
export const officialSchema = existsSync(OFFICIAL) ? readSchema(OFFICIAL) : null;

export type Answered = {
  readonly status: number;
  readonly json: Json;
  readonly list: readonly Json[];
  readonly headers: Headers;
  readonly text: string;
};

export type Bot = {
  readonly discord: DiscordEmulator;
  /** Person 7, who is in the guild. */
  readonly ann: Person;
  readonly guild: string;
  readonly channel: string;
  /** Calls with the bot's token and a JSON body or a form. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answered>;
  /** Writes into a channel, that of the guild if none is named; returns the id of the message. */
  readonly write: (body: Json, channel?: string) => Promise<string>;
};

/** An emulator with one person, one guild and one channel, and a bot there; it ends with the test. */
export async function startBot(options: EmulatorOptions = {}): Promise<Bot> {
  const discord = await startDiscordEmulator(options);
  onTestFinished(() => discord.close());
  const ann = discord.addPerson({ id: "7", username: "ann", globalName: "Ann" });
  const guild = discord.addGuild({ members: [ann] });
  const channel = discord.addChannel(guild);
  const call: Bot["call"] = async (method, path, body, headers = {}) => {
    const isForm = body instanceof FormData;
    const isJson = body !== undefined && !isForm;
    const response = await fetch(discord.apiRoot + path, {
      method,
      headers: {
        authorization: `Bot ${discord.botToken}`,
        "user-agent": "DiscordBot (https://example.com, 1)",
        ...(isJson && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
    return readAnswer(response);
  };
  const write: Bot["write"] = async (body, to = channel) => {
    const { json } = await call("POST", `/channels/${to}/messages`, body);
    return String(json["id"]);
  };
  return { discord, ann, guild, channel, call, write };
}

async function readAnswer(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  const parsed: unknown = isJson ? JSON.parse(text) : null;
  const list: readonly Json[] = Array.isArray(parsed) ? parsed : [];
  const json: Json = typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  return { status: response.status, json, list, headers: response.headers, text };
}

/** A body with files, as multipart. */
export function form(
  json: Json,
  ...files: readonly { readonly name: string; readonly content: string | Buffer; readonly type?: string }[]
) {
  const data = new FormData();
  data.set("payload_json", JSON.stringify(json));
  files.forEach(({ name, content, type = "text/plain" }, index) => {
    data.set(`files[${index}]`, new File([new Uint8Array(Buffer.from(content))], name, { type }), name);
  });
  return data;
}

/** What a refusal looks like. */
export function refused(status: number, code: number): object {
  return { status, json: { code } };
}

export type Heard = { readonly json: Json };
/** What the endpoint answers: a JSON body, or a status with a text. */
export type Says = (heard: Heard) => Json | { readonly status: number; readonly text: string } | Promise<Json>;

/** An interactions endpoint on loopback that checks signatures, unless it is careless; it ends with the test. */
export async function startEndpoint(
  discord: DiscordEmulator,
  says: Says,
  { isCareless = false }: { readonly isCareless?: boolean } = {},
): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    const header = (name: string) => String(request.headers[name]);
    const stamp = header("x-signature-timestamp");
    const isAuthentic = await verifyKey(body, header("x-signature-ed25519"), stamp, discord.publicKey);
    const json: Json = JSON.parse(body.toString("utf8"));
    const said = isAuthentic || isCareless ? await says({ json }) : { status: 401, text: "" };
    if ("text" in said && "status" in said) {
      response.writeHead(Number(said.status)).end(String(said.text));
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(said));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the endpoint does not listen");
  return `http://127.0.0.1:${address.port}/interactions`;
}
