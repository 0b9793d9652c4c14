/** Strikes at a fail point: gathers the victims there, deals the blow, and brings back what was killed. */
import { setTimeout as pause } from "node:timers/promises";
import type { WaitingPoint } from "../../fail-points/fail-point.ts";
import type { Written } from "./chats.ts";
import type { Blow, DiscordCallFault } from "./cell.ts";
import type { Held } from "./driver.ts";
import type { Rig } from "./rig.ts";

/** How long the victims may take to come to the place where they are struck. */
const REACHED_WITHIN_MS = 20_000;

/** Waits until every chat is held at its `nth` arrival at the point; after `REACHED_WITHIN_MS` it takes those that came. */
export async function gather(rig: Rig, at: WaitingPoint, chats: readonly number[], nth = 1): Promise<readonly Held[]> {
  const held: Held[] = [];
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  const take = (victim: Held) => {
    held.push(victim);
    if (held.length === chats.length) resolve();
  };
  const callOff = rig.driver.hold(at, chats, take, nth);
  const late = new AbortController();
  await Promise.race([complete, pause(REACHED_WITHIN_MS, null, { signal: late.signal }).catch(() => null)]);
  late.abort();
  callOff();
  return held;
}

/** Deals the blow to those that are held. Resolves when what was killed is there again. */
export async function deal(rig: Rig, blow: Blow, held: readonly Held[]): Promise<void> {
  switch (blow.kind) {
    case "kill":
      await kill(rig, blow.what, held);
      for (const victim of held) victim.release({ kind: "go_on" });
      return;
    case "write":
      for (const victim of held) victim.release({ kind: "go_on", arm: [blow.write] });
      return;
    case "delay":
      await pause(blow.ms);
      for (const victim of held) victim.release({ kind: "go_on" });
      return;
    case "evict":
    case "fail":
      for (const victim of held) victim.release(blow);
  }
}

/** Each next call that answers these messages meets the faults, one after the other. */
export function breakCalls(rig: Rig, { call, faults }: DiscordCallFault, written: readonly Written[]): void {
  for (const fault of faults) rig.discord.fail(call, written, fault);
}

async function kill(rig: Rig, what: Extract<Blow, { kind: "kill" }>["what"], held: readonly Held[]): Promise<void> {
  switch (what) {
    case "everything":
      await Promise.all([rig.edge.kill(), rig.standIn.kill()]);
      await rig.standIn.start();
      return rig.edge.start();
    case "workerd":
      await rig.edge.kill();
      return rig.edge.start();
    case "stand-in":
      await rig.standIn.kill();
      return rig.standIn.start();
    case "agent":
      for (const { pid } of held) if (pid !== null) rig.standIn.killAgent(pid);
  }
}
