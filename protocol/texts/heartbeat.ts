/** What the edge says to people about the heartbeat: a part of `Texts`. */
import type { BeatOutcome } from "../heartbeat.ts";

type Word = (value: string) => string;

export type HeartbeatTexts = {
  readonly on: Word;
  readonly clockOff: string;
  readonly paused: string;
  readonly hours: Word;
  readonly model: Word;
  readonly hasChecklist: string;
  readonly noChecklist: string;
  readonly events: Word;
  readonly next: Word;
  readonly last: string;
  /** One of the last outcomes; behind it what it cost, if it cost anything. */
  readonly beat: (at: string, outcome: string) => string;
  readonly cost: (tokens: string, dollars: string) => string;
  /** In the middle of a line. */
  readonly outcome: Readonly<Record<BeatOutcome, string>>;
  /** The answer to a wish for one now. */
  readonly begun: string;
  readonly notBegun: Word;
  readonly switchedOn: string;
  readonly switchedOff: string;
  readonly usage: string;
};

export const HEARTBEAT_EN: HeartbeatTexts = {
  on: (every) => `💓 **Heartbeat:** ${every}`,
  clockOff: "💓 **Heartbeat:** no clock (HEARTBEAT_EVERY=0m); only what wakes it",
  paused: "⏸️ It is off; `/heartbeat on` switches it on again.",
  hours: (hours) => `Hours: ${hours}`,
  model: (model) => `Model: ${model}`,
  hasChecklist: "Checklist: there is something on it (`/checklist` shows it)",
  noChecklist: "Checklist: empty, so no heartbeat runs and nothing is spent (`/checklist add <text>`)",
  events: (count) => `Waiting to be told: ${count}`,
  next: (at) => `Next: ${at}`,
  last: "Last:",
  beat: (at, outcome) => `- ${at}: ${outcome}`,
  cost: (tokens, dollars) => `(${tokens} tokens, $${dollars})`,
  outcome: {
    paused: "off",
    too_soon: "too soon after the one before",
    quiet_hours: "outside of its hours",
    no_checklist: "nothing on the checklist",
    owner_away: "left out, because you have not written for days",
    busy: "left out, because I was busy with you",
    still_running: "the one before was still under way",
    over_budget: "no budget left",
    no_route: "no chat to tell you in",
    running: "under way",
    told: "told you something",
    nothing: "nothing to tell",
    repeated: "nothing new to tell",
    failed: "failed",
    stopped: "stopped",
  },
  begun: "💓 I look at the checklist now, and write only if there is something new to tell.",
  notBegun: (why) => `💓 No heartbeat now: ${why}.`,
  switchedOn: "💓 The heartbeat is on.",
  switchedOff: "⏸️ The heartbeat is off until you say `/heartbeat on`. What has to be dealt with waits until then.",
  usage: "`/heartbeat`, `/heartbeat now`, `/heartbeat on` or `/heartbeat off`",
};

export const HEARTBEAT_DE: HeartbeatTexts = {
  on: (every) => `💓 **Heartbeat:** ${every}`,
  clockOff: "💓 **Heartbeat:** ohne Uhr (HEARTBEAT_EVERY=0m); nur wenn etwas ihn weckt",
  paused: "⏸️ Er ist aus; `/heartbeat on` schaltet ihn wieder ein.",
  hours: (hours) => `Zeiten: ${hours}`,
  model: (model) => `Modell: ${model}`,
  hasChecklist: "Checkliste: Es steht etwas darauf (`/checklist` zeigt es)",
  noChecklist: "Checkliste: leer, deshalb läuft kein Heartbeat und nichts wird ausgegeben (`/checklist add <Text>`)",
  events: (count) => `Wartet darauf, gesagt zu werden: ${count}`,
  next: (at) => `Nächster: ${at}`,
  last: "Zuletzt:",
  beat: (at, outcome) => `- ${at}: ${outcome}`,
  cost: (tokens, dollars) => `(${tokens} Tokens, ${dollars} $)`,
  outcome: {
    paused: "aus",
    too_soon: "zu kurz nach dem letzten",
    quiet_hours: "außerhalb seiner Zeiten",
    no_checklist: "nichts auf der Checkliste",
    owner_away: "ausgelassen, weil du seit Tagen nichts geschrieben hast",
    busy: "ausgelassen, weil ich mit dir beschäftigt war",
    still_running: "der vorige lief noch",
    over_budget: "kein Budget mehr",
    no_route: "kein Chat, um dir etwas zu sagen",
    running: "läuft",
    told: "hat dir etwas gesagt",
    nothing: "nichts zu sagen",
    repeated: "nichts Neues zu sagen",
    failed: "fehlgeschlagen",
    stopped: "abgebrochen",
  },
  begun: "💓 Ich sehe jetzt nach der Checkliste und schreibe nur, wenn es etwas Neues zu sagen gibt.",
  notBegun: (why) => `💓 Jetzt kein Heartbeat: ${why}.`,
  switchedOn: "💓 Der Heartbeat ist an.",
  switchedOff: "⏸️ Der Heartbeat ist aus, bis du `/heartbeat on` sagst. Was zu erledigen ist, wartet so lange.",
  usage: "`/heartbeat`, `/heartbeat now`, `/heartbeat on` oder `/heartbeat off`",
};
