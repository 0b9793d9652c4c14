/**
 * Keeps what goes through the HTTP servers of this process, as it went over the wire: addresses, headers, bodies, answers.
 * Also loaded into the process of `npm start` (`record-npm-start.ts`), where the laptop's AWS is.
 */
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import * as v from "valibot";

/** What passed through the server at `port`; `port` 0: what this process sent to somebody itself. */
export type Exchange = {
  readonly port: number;
  readonly method: string;
  readonly address: string;
  readonly headers: string;
  readonly body: Buffer;
  readonly answer: Buffer;
};

const bytes = v.pipe(
  v.string(),
  v.transform((text) => Buffer.from(text, "base64")),
);
const exchange = v.object({
  port: v.number(),
  method: v.string(),
  address: v.string(),
  headers: v.string(),
  body: bytes,
  answer: bytes,
});
const served = v.object({ request: v.instance(IncomingMessage), response: v.instance(ServerResponse) });
const asked = v.object({ request: v.instance(ClientRequest) });

/** Records everything from now on into a file: written at once, so that a kill loses only what is under way. */
export function recordWire(path: string): void {
  const keep = ({ body, answer, ...rest }: Exchange) => {
    const line = { ...rest, body: body.toString("base64"), answer: answer.toString("base64") };
    appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  };
  subscribe("http.server.request.start", (message) => {
    const { request, response } = v.parse(served, message);
    const [body, answer]: [Buffer[], Buffer[]] = [[], []];
    const { localPort = 0 } = request.socket;
    const { method = "", url = "" } = request;
    copyWhatIsGiven(request, "push", body);
    copyWhatIsGiven(response, "write", answer);
    copyWhatIsGiven(response, "end", answer);
    response.once("close", () => {
      const headers = [...request.rawHeaders, ...Object.entries(response.getHeaders()).flat()].join("\n");
      const whole = { body: Buffer.concat(body), answer: Buffer.concat(answer) };
      keep({ port: localPort, method, address: url, headers, ...whole });
    });
  });
  subscribe("http.client.request.start", (message) => {
    const { request } = v.parse(asked, message);
    const headers = Object.entries(request.getHeaders()).flat().join("\n");
    const nothing = { body: Buffer.alloc(0), answer: Buffer.alloc(0) };
    keep({ port: 0, method: request.method, address: request.path, headers, ...nothing });
  });
}

/** What was recorded into a file. */
export function readWire(path: string): readonly Exchange[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => v.parse(exchange, JSON.parse(line)));
}

/** Copies the bytes that a method is given from now on. */
function copyWhatIsGiven(target: object, name: string, copies: Buffer[]): void {
  const method: unknown = Reflect.get(target, name);
  if (typeof method !== "function") throw new Error(`there is no ${name}`);
  const copying = new Proxy(method, {
    apply(original, self, given: readonly unknown[]) {
      const [chunk] = given;
      if (typeof chunk === "string" || chunk instanceof Uint8Array) copies.push(Buffer.from(chunk));
      return Reflect.apply(original, self, given);
    },
  });
  Reflect.set(target, name, copying);
}
