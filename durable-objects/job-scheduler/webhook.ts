/** Sends what came of a run to a web address of the owner's choice. The address is checked each time, not only when the job is made. */
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { checkWebhookUrl, isHost, type WebhookRules } from "../../protocol/public-address.ts";
import { readBounded } from "../../protocol/bounded-body.ts";
import type { RunStatus } from "../../protocol/jobs.ts";
import type { Usage } from "../../protocol/turn-event.ts";

/** The body of the request: what became of one run. Times are epoch ms. */
export type WebhookBody = {
  readonly jobId: string;
  readonly name: string;
  readonly runId: string;
  readonly slot: number;
  readonly status: RunStatus;
  readonly text: string;
  readonly error: string | null;
  readonly usage: Usage | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
};

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type WebhookContext = WebhookRules & {
  /** Names the delivery: the same one is sent again with the same id. */
  readonly deliveryId: string;
  /** WEBHOOK_TOKEN; null: none is sent. */
  readonly token: string | null;
  /** Who gets to know it: anybody can be the address of a job. */
  readonly tokenHosts: readonly string[];
  /** Reaches public addresses, and where the platform can tell, nothing else. */
  readonly fetchPublic: Fetch;
  /** Reaches everything; only for hosts that the deployment names. */
  readonly fetchAllowed: Fetch;
};

/** `retry`: it may be taken later. `detail`: without the address, which may hold a secret. */
export type WebhookOutcome =
  | { readonly kind: "delivered"; readonly status: number }
  | { readonly kind: "failed"; readonly retry: boolean; readonly detail: string };

/** Statuses below 500 that say nothing about the request itself. */
const PASSING_STATUSES: readonly number[] = [408, 425, 429];

/** Sends it once. Never throws; redirects are not followed. */
export async function sendWebhook(
  address: string,
  body: WebhookBody,
  context: WebhookContext,
): Promise<WebhookOutcome> {
  const target = checkWebhookUrl(address, context);
  if (!target.ok) return failed(false, `the webhook's address ${target.error}`);
  const { url, isAllowed } = target.value;
  const send = isAllowed ? context.fetchAllowed : context.fetchPublic;
  try {
    const response = await send(url.href, {
      method: "POST",
      headers: headersOf(url, context),
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(JOB_BOUNDS.webhookTimeoutMs),
    });
    await discardBody(response);
    return outcomeOf(response.status);
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    return failed(true, isTimeout ? "it did not answer in time" : "it cannot be reached");
  }
}

function headersOf(url: URL, { token, tokenHosts, deliveryId }: WebhookContext): Record<string, string> {
  const isTrusted = tokenHosts.some((entry) => isHost(url, entry));
  return {
    "content-type": "application/json",
    "user-agent": "agent-claw",
    "idempotency-key": deliveryId,
    ...(token !== null && isTrusted && { authorization: `Bearer ${token}` }),
  };
}

/** Its status counts, whatever it says and however its connection ends. */
async function discardBody(response: Response): Promise<void> {
  try {
    await readBounded(response, JOB_BOUNDS.webhookAnswerMaxBytes);
  } catch {
    // longer than anybody needs to say, or cut
  }
}

function outcomeOf(status: number): WebhookOutcome {
  if (status >= 200 && status < 300) return { kind: "delivered", status };
  if (status >= 300 && status < 400) return failed(false, `it answers ${status}, and redirects are not followed`);
  return failed(status >= 500 || PASSING_STATUSES.includes(status), `it answers ${status}`);
}

function failed(retry: boolean, detail: string): WebhookOutcome {
  return { kind: "failed", retry, detail };
}
