/**
 * Passes one call on to an agent process and its answer back, byte by byte as it comes: nothing is gathered, headers
 * go out at once. Each call has a connection of its own: a kept one that the agent closes at the wrong moment would
 * look like an agent that failed.
 */
import { type ClientRequest, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { AwsError } from "../aws-error.ts";
import { RUNTIME_STAND_IN_BOUNDS as BOUNDS } from "../bounds.ts";
import { type CutPoint, createCutter } from "./cut-point.ts";

export type ForwardCall = {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Sent back beside the agent's content type. */
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** Ends the answer early, and tells when it did. */
  readonly cut?: { readonly at: CutPoint; readonly onCut: () => void };
};

/** A call under way. */
export type Forwarding = {
  /**
   * Settles when the caller has the answer or the connection is gone: how it went, and the bytes passed back.
   * Rejects with `AwsError` 424 when the agent failed before its answer began.
   */
  readonly done: Promise<{ readonly end: "complete" | "cut"; readonly bytes: number }>;
  /** Breaks it off on both sides. */
  readonly cut: () => void;
};

/** Starts passing a call on. */
export function forward(call: ForwardCall): Forwarding {
  const { response } = call;
  const upstream = httpRequest({
    host: "127.0.0.1",
    port: call.port,
    method: "POST",
    path: "/invocations",
    headers: { ...call.headers, "content-length": call.body.byteLength },
    agent: false,
  });
  const cut = () => {
    upstream.destroy();
    if (response.headersSent) response.destroy();
  };
  const done = awaitAnswer(upstream).then((answer) => passBack(answer, call));
  response.once("close", () => upstream.destroy()); // the caller has gone, or has everything
  upstream.end(call.body);
  return { done, cut };
}

async function awaitAnswer(upstream: ClientRequest): Promise<IncomingMessage> {
  const answered = Promise.withResolvers<IncomingMessage>();
  const giveUp = setTimeout(() => upstream.destroy(), BOUNDS.synchronousMaxMs);
  upstream.once("response", answered.resolve);
  upstream.once("close", () => answered.reject(agentFailed("it closed the connection")));
  upstream.on("error", (error) => answered.reject(agentFailed(error.message)));
  try {
    const answer = await answered.promise;
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    answer.resume();
    throw agentFailed(`it answered ${status}`);
  } finally {
    clearTimeout(giveUp);
  }
}

function passBack(answer: IncomingMessage, call: ForwardCall): Forwarding["done"] {
  const { response, cut } = call;
  const finished = Promise.withResolvers<{ end: "complete" | "cut"; bytes: number }>();
  const cutter = cut && createCutter(cut.at);
  let bytes = 0;
  const tooLong = setTimeout(() => response.destroy(), BOUNDS.streamMaxMs);

  response.writeHead(200, {
    "content-type": answer.headers["content-type"] ?? "application/octet-stream",
    ...call.responseHeaders,
  });
  response.flushHeaders();
  answer.on("data", (chunk: Buffer) => {
    const { pass, isOver } = cutter?.(chunk) ?? { pass: chunk, isOver: false };
    bytes += pass.byteLength;
    if (isOver) {
      answer.pause();
      response.write(pass, () => {
        response.destroy();
        cut?.onCut();
      });
    } else if (bytes > RUNTIME_BOUNDS.payloadMaxBytes) {
      response.destroy();
    } else if (!response.write(pass)) {
      answer.pause();
    }
  });
  response.on("drain", () => answer.resume());
  answer.once("end", () => response.end());
  answer.on("error", () => response.destroy());
  response.once("close", () => {
    clearTimeout(tooLong);
    finished.resolve({ end: response.writableFinished ? "complete" : "cut", bytes });
  });
  return finished.promise;
}

function agentFailed(why: string): AwsError {
  return new AwsError(424, "RuntimeClientError", `the agent failed: ${why}`);
}
