/** A real HTTP server in the place of an assistant, with scripted answers, and what a verb prints when it asks there. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { json } from "node:stream/consumers";
import { vi } from "vitest";
import type { ExitCode } from "../../../cli/exit-code.ts";
import type { Verb, VerbGroup, VerbOptions } from "../../../cli/verbs/verb.ts";

type Answer = { readonly status?: number; readonly body: unknown };
/** What came in; `body` is absent for none. */
export type AdminRequest = { readonly asked: string; readonly body?: unknown };
export type Printed = { readonly exit: ExitCode; readonly out: readonly string[]; readonly err: readonly string[] };

const TOKEN = "the-admin-token";

export class AdminServer {
  /** Answers by `GET /admin/api/people`; what is not there is a 404 as the assistant gives it. */
  readonly answers: Record<string, Answer> = {};
  readonly requests: AdminRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<AdminServer> {
    const server = createServer();
    const admin = new AdminServer(server);
    server.on("request", (request, response) => {
      void admin.#answer(request).then(({ status = 200, body }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return admin;
  }

  get options(): VerbOptions {
    const address = this.#server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    return { url: `http://127.0.0.1:${port}`, token: TOKEN };
  }

  /** Runs a verb against this server, and says what it printed. */
  async run(verb: Verb, words: readonly string[] = [], more: object = {}): Promise<Printed> {
    const [out, err]: [string[], string[]] = [[], []];
    const stdout = vi.spyOn(console, "log").mockImplementation((line) => void out.push(String(line)));
    const stderr = vi.spyOn(console, "error").mockImplementation((line) => void err.push(String(line)));
    try {
      return { exit: await verb.run({ ...this.options, ...more }, words), out, err };
    } finally {
      stdout.mockRestore();
      stderr.mockRestore();
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const asked = `${request.method} ${request.url}`;
    const isOpen = request.url === "/healthz" && request.headers.authorization === undefined;
    if (!isOpen && request.headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: {} };
    const hasBody = request.headers["content-type"] === "application/json";
    this.requests.push({ asked, ...(hasBody && { body: await json(request) }) });
    return this.answers[asked] ?? { status: 404, body: { error: "not_found" } };
  }
}

/** One verb of a group. */
export function verbOf({ verbs }: VerbGroup, name: string): Verb {
  const found = verbs.find((verb) => verb.name === name);
  if (!found || "verbs" in found) throw new Error(`there is no verb ${name}`);
  return found;
}
