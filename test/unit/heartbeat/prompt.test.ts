import { expect, it } from "vitest";
import { beatPrompt, eventsWithRoom } from "../../../durable-objects/job-scheduler/heartbeat/prompt.ts";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";

const { eventsMax, eventTextMax } = HEARTBEAT_BOUNDS;

it.each([true, false])(
  "a beat is shown no more events than a turn takes, the first of them (trusted: %s)",
  (isTrusted) => {
    const events = Array.from({ length: 2 * eventsMax }, () => ({ text: "\n".repeat(eventTextMax), isTrusted }));
    const first = eventsWithRoom(events);
    const { text, untrusted = "" } = beatPrompt(first);
    expect(text.length + untrusted.length).toBeLessThan(INBOUND_BOUNDS.textMax);
    expect(first.length).toBeGreaterThan(2);
    expect(eventsWithRoom(events.slice(0, 2))).toHaveLength(2);
  },
);
