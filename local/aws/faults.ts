/**
 * Faults on order, so that tests can show what the edge does when AWS fails. A rule names whom it strikes and how
 * often; the first matching rules are used up first. Over HTTP: `/_local/faults` (see `server.ts`).
 */
import * as v from "valibot";
import { err, ok, type Result } from "../../protocol/result.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** After so many whole events or bytes of the answer; after neither: at once. */
const point = { afterEvents: v.optional(count), afterBytes: v.optional(count) };

const fault = v.variant("kind", [
  /** The service's own answer of that status; the agent, or the store, never hears of the call. */
  v.object({ kind: v.literal("error"), status: v.picklist([402, 409, 424, 429, 500, 503]) }),
  /** The call is held back before the agent gets it. */
  v.object({ kind: v.literal("latency"), ms: count }),
  /** The stream ends without warning. */
  v.object({ kind: v.literal("cut"), ...point }),
  /** The same, and the session's process is killed at that point. */
  v.object({ kind: v.literal("kill"), ...point }),
  /**
   * The same, and the session loses its process, which goes on by itself: a microVM that was replaced but has not
   * ended. The next call gets a fresh one; the lost one is killed when the stand-in stops.
   */
  v.object({ kind: v.literal("orphan"), ...point }),
]);

/** Of the runtime, of S3 (objects only), of STS and of Secrets Manager. A stream that ends early is a fault of the runtime alone. */
const OPERATIONS = ["invoke", "stop", "s3_get", "s3_put", "assume_role", "get_secret"] as const;

const faultRule = v.object({
  /** Of the runtime: only sessions whose id begins with this; absent: all. */
  session: v.optional(v.string()),
  operation: v.optional(v.picklist(OPERATIONS), "invoke"),
  /** Only invocations of this kind (`turn`, `resume`, `steer`, ...); absent: all. */
  invocation: v.optional(v.string()),
  /** How many calls it strikes; absent: one. */
  count: v.optional(count, 1),
  fault,
});

export type Fault = v.InferOutput<typeof fault>;
/** A fault that ends an answer under way. */
export type EndingFault = Extract<Fault, { kind: "cut" | "kill" | "orphan" }>;
export type FaultRule = v.InferInput<typeof faultRule>;
export type FaultTarget = {
  readonly operation: (typeof OPERATIONS)[number];
  /** Empty for what has no session. */
  readonly sessionId: string;
  readonly body: Buffer;
};

export interface FaultInjection {
  /** Adds a rule. Throws when it is not one. */
  inject(rule: FaultRule): void;
  /** Forgets all rules. */
  clear(): void;
  /** The rules that have not been used up. */
  list(): readonly FaultRule[];
}

/** Rules with what the runtime needs of them: the faults that strike one call. */
export class FaultRules implements FaultInjection {
  #rules: v.InferOutput<typeof faultRule>[] = [];

  inject(rule: FaultRule): void {
    this.#rules.push(v.parse(faultRule, rule));
  }

  clear(): void {
    this.#rules = [];
  }

  list(): readonly FaultRule[] {
    return this.#rules;
  }

  /** Takes what strikes this call: every matching latency, and the first other fault. */
  take(target: FaultTarget): readonly Fault[] {
    if (this.#rules.length === 0) return [];
    const struck: Fault[] = [];
    let hasOther = false;
    for (const rule of this.#rules.filter((candidate) => matches(candidate, target))) {
      if (rule.fault.kind !== "latency" && hasOther) continue;
      hasOther ||= rule.fault.kind !== "latency";
      rule.count -= 1;
      struck.push(rule.fault);
    }
    this.#rules = this.#rules.filter((rule) => rule.count > 0);
    return struck;
  }
}

/** Reads a rule that came over HTTP as JSON. */
export function parseFaultRule(text: string): Result<FaultRule, "malformed_rule"> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), faultRule), text);
  return parsed.success ? ok(parsed.output) : err("malformed_rule");
}

function matches(rule: v.InferOutput<typeof faultRule>, target: FaultTarget): boolean {
  if (rule.operation !== target.operation || !target.sessionId.startsWith(rule.session ?? "")) return false;
  return rule.invocation === undefined || rule.invocation === kindOf(target.body);
}

function kindOf(body: Buffer): unknown {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), v.object({ kind: v.string() })), body.toString());
  return parsed.success ? parsed.output.kind : undefined;
}
