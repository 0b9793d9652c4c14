/** A day of a Gateway connection with faults that a seed decides: pure, so that the same seed breaks the same things. */
import { RETRYABLE_CLOSE_CODES, TERMINAL_CLOSE_CODES } from "./codes.ts";
import type { GatewayFault, TerminalFault } from "./faults.ts";
import { randomOf } from "./random.ts";

export type PlannedFault = {
  /** Discord's time since the beginning of the day. */
  readonly atMs: number;
  readonly fault: GatewayFault;
};

export const DAY_MS = 24 * 60 * 60_000;
/** The share of the faults that come right after another, while the client still recovers from that. */
const DOUBLE_SHARE = 0.15;
const DOUBLE_WITHIN_MS = 5_000;
/** What stands in front of the Gateway answers with these. */
const REFUSALS = [429, 500, 502, 503, 520] as const;

type Random = () => number;

/** Every kind of fault in every form that a client must be able to tell apart. */
const FORMS: readonly ((random: Random) => GatewayFault)[] = [
  ...RETRYABLE_CLOSE_CODES.map((code) => () => ({ kind: "close", code }) as const),
  () => ({ kind: "close", code: null }),
  () => ({ kind: "drop", isReset: false }),
  () => ({ kind: "drop", isReset: true }),
  () => ({ kind: "stall" }),
  () => ({ kind: "withhold_acks" }),
  () => ({ kind: "ask_heartbeat" }),
  () => ({ kind: "reconnect" }),
  () => ({ kind: "invalidate", isResumable: true }),
  () => ({ kind: "invalidate", isResumable: false }),
  (random) => ({ kind: "refuse_upgrade", status: oneOf(REFUSALS, random), times: from(1, 3, random) }),
  () => ({ kind: "hang_upgrade" }),
  // A client waits ten seconds for Hello: the first is in time, the second is not.
  (random) => ({ kind: "slow_hello", delayMs: from(1_000, 7_000, random) }),
  (random) => ({ kind: "slow_hello", delayMs: from(15_000, 60_000, random) }),
  (random) => ({ kind: "replay_overlap", count: from(1, 20, random) }),
  (random) => ({ kind: "hold_dispatches", forMs: from(1_000, 30_000, random) }),
  () => ({ kind: "forget_session" }),
];

/** The faults of a day in their order; every form of FORMS at least so many times. Throws if `count` is too small for that. */
export function faultPlan(
  seed: number,
  count: number,
  { closeCodesAtLeast = 2 }: { readonly closeCodesAtLeast?: number } = {},
): readonly PlannedFault[] {
  const musts = FORMS.length * closeCodesAtLeast;
  if (count < musts) throw new RangeError(`a plan of ${count} faults cannot hold ${musts}`);
  const random = randomOf(seed);
  const faults = Array.from({ length: count }, (_, index) => {
    const form = index < musts ? FORMS[index % FORMS.length] : oneOf(FORMS, random);
    return (form ?? oneOf(FORMS, random))(random);
  });
  const slotMs = DAY_MS / count;
  let beforeMs = 0;
  return shuffled(faults, random).map((fault, index) => {
    const isDouble = index > 0 && random() < DOUBLE_SHARE;
    // Less than a slot away from its beginning: the order is that of the list, doubles included.
    const ownMs = slotMs * (index + random() * 0.9);
    const atMs = Math.floor(isDouble ? Math.min(beforeMs + random() * DOUBLE_WITHIN_MS, ownMs) : ownMs);
    beforeMs = atMs;
    return { atMs, fault };
  });
}

/** What must end the life of a client, one short run each. */
export const TERMINAL_FAULTS: readonly TerminalFault[] = TERMINAL_CLOSE_CODES.map((code) => ({
  kind: "terminal_close",
  code,
}));

function from(min: number, max: number, random: Random): number {
  return min + Math.floor(random() * (max - min + 1));
}

function oneOf<T>(list: readonly T[], random: Random): T {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
