/**
 * fail-points/ names the places in the shipped code where the fault suite (test/faults) breaks things. A call looks
 * like `FAIL_POINTS && (await reach(...))`: where the build says that `FAIL_POINTS` is false, nothing of it is left in
 * the bundle, and a test checks that.
 */

/** Places where the code waits anyway: the driver holds it there while it kills something, or makes it fail. */
export type WaitingPoint =
  /** The Worker knows who wrote what, and has told nobody yet. */
  | "webhook.verified"
  /** The message is in the inbox; the platform has no answer yet. */
  | "webhook.stored"
  | "lane.asking"
  | "lane.granted"
  /** The request to the agent is made and not sent yet. */
  | "run.calling"
  /** An event of the agent has come and is not looked at yet. */
  | `event.${"accepted" | "snapshot" | "delta" | "tool" | "usage" | "ping" | "approval" | "final" | "error"}`
  /** The agent: the turn is in its ledger, the model is not asked yet. */
  | "turn.begun"
  /** A tool has run; its changes are not stored yet. */
  | "tool.ran"
  /** Its changes are stored, its result is not journalled yet. */
  | "tool.stored"
  /** The model is through; neither the files' head nor the answer are stored. */
  | "turn.finishing"
  | "workspace.committed"
  | "turn.answered"
  /** A file that came with a message is about to be brought to the space of its turn. */
  | "attachment.fetching"
  | "part.due"
  /** The attempt is marked, the request is not written yet. */
  | "part.marked"
  /** The platform has answered, the receipt is not stored yet. */
  | "part.answered"
  /** A session is about to tell the directory of a dead letter; the directory is about to tell the owner. */
  | "dead_letter.reporting"
  | "dead_letter.reported"
  | "outcome.telling"
  | "outcome.told"
  | "run.ordering"
  | "run.ordered"
  | "delivery.handing"
  | "delivery.handed"
  | "owner.telling"
  | "owner.told";

/** Places inside a transaction, where nothing can wait: they fail if the driver has armed them before. */
export type WritePoint =
  | "inbox.write"
  | "lane.write"
  | "answer.write"
  | "attempt.write"
  | "receipt.write"
  | "store.write"
  | "manifest.write";

/** Whom it is about: a session at the edge, a conversation and a process id in the agent. */
export type FailPointScope = { readonly session?: string; readonly conversation?: string; readonly pid?: number };

/** What the driver tells the code at a point to do. */
export type PointOrder = {
  readonly kind: "go_on" | "fail" | "evict";
  /** Write points that fail from now on, once each. */
  readonly arm?: readonly WritePoint[];
};

const armed = new Map<WritePoint, number>();
const evictions = new Map<string, () => void>();

/** Tells the driver that this point is reached and does what it says. Throws if that is to fail. */
export async function reach(point: WaitingPoint, scope: FailPointScope): Promise<void> {
  if (!FAIL_POINTS) return;
  const order = await ask(FAIL_POINTS, point, scope);
  for (const write of order.arm ?? []) armed.set(write, (armed.get(write) ?? 0) + 1);
  if (order.kind === "go_on") return;
  if (order.kind === "evict") evictions.get(scope.session ?? "")?.();
  throw new Error(`fault at ${point}`);
}

/** Fails if the driver has armed this point. */
export function failIfArmed(point: WritePoint): void {
  const left = armed.get(point) ?? 0;
  if (left === 0) return;
  armed.set(point, left - 1);
  throw new Error(`fault at ${point}`);
}

/** Names what resets the object of a session, for the driver to evict it. */
export function registerEviction(session: string, evict: () => void): void {
  evictions.set(session, evict);
}

/** A driver that does not answer lets everything go on. */
async function ask(url: string, point: WaitingPoint, scope: FailPointScope): Promise<PointOrder> {
  try {
    const response = await fetch(url, { method: "POST", body: JSON.stringify({ point, ...scope }) });
    const order: PointOrder = JSON.parse(await response.text());
    return order;
  } catch {
    return { kind: "go_on" };
  }
}
