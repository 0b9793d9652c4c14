import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assertNever } from "../../../protocol/assert.ts";
import { isSessionKey } from "../../../protocol/session-key.ts";
import type { Intake } from "../../../worker/channels/channel.ts";
import { parseInteraction, readDispatch } from "../../../worker/channels/discord/parse.ts";
import { decodeInteraction } from "../../../worker/channels/discord/update.ts";
import { verifyDiscord } from "../../../worker/channels/discord/verify.ts";
import { type Change, changed, MARK, pathsIn } from "./change.ts";
import { APP, event, OUR_THREAD, SETTINGS, WORLD } from "./payloads.ts";
import { ALL_CALLS, ALL_EVENTS } from "./payloads-all.ts";
import { bytes, createApplication, signed } from "./signed.ts";

const OTHERS: readonly unknown[] = [
  null,
  true,
  -1,
  11,
  2 ** 60,
  1.5,
  "",
  MARK,
  "`".repeat(5),
  OUR_THREAD,
  `../../${MARK}`,
  [],
  {},
  [MARK],
  { [MARK]: MARK },
  [[[[5]]]],
];

const anotherValue = fc.oneof(fc.constantFrom(...OTHERS), fc.jsonValue());
const anyChange = fc.constantFrom<Change>("drop", "rename", "retype", "repeat");

function mutationOf(payloads: readonly (readonly [name: string, json: unknown])[]) {
  const mutations = payloads.map(([name, json]) => {
    const change = fc.tuple(fc.constantFrom(...pathsIn(json)), anyChange, anotherValue);
    return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
      const mutated = changes.reduce<unknown>((value, [path, ...how]) => changed(value, path, ...how), json);
      return [name, mutated] as const;
    });
  });
  return fc.oneof(...mutations);
}

/** The laws of whatever is read. */
function check(intake: Intake): void {
  switch (intake.kind) {
    case "reply":
      return;
    case "ignore":
      expect(intake.why).not.toContain(MARK);
      return;
    case "suggest":
      expect(isSessionKey(intake.session)).toBe(true);
      return;
    case "messages":
    case "happenings": {
      const items = intake.kind === "messages" ? intake.messages : intake.happenings;
      expect(items).toHaveLength(1);
      for (const { session, dedupeKeys } of items) {
        expect(isSessionKey(session)).toBe(true);
        expect(session).not.toContain(MARK);
        expect(dedupeKeys).toHaveLength(1);
        expect(dedupeKeys[0]).toMatch(/^discord:\d{15,20}:(?:message|edit|interaction|reaction):\d{15,20}/u);
      }
      // What crosses to the session must survive it.
      expect(JSON.parse(JSON.stringify(intake))).toEqual(intake);
      return;
    }
    default:
      assertNever(intake);
  }
}

describe("a call with changes", () => {
  it("is read, or refused with the place that is wrong, and never throws", () => {
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(mutationOf(ALL_CALLS), ([, json]) => {
        const decoded = decodeInteraction(json, 0);
        if (!decoded.ok) {
          seen.refused += 1;
          expect(decoded.error).toMatch(/^[a-z_]+(?:\.(?:[a-z_]+|\d+))*: not /u);
          expect(decoded.error).not.toContain(MARK);
          return;
        }
        seen.read += 1;
        check(parseInteraction(decoded.value));
      }),
      { numRuns: 2_000 },
    );
    expect(seen.read).toBeGreaterThan(200);
    expect(seen.refused).toBeGreaterThan(200);
  });

  it("is let in or turned away, and never throws", async () => {
    const application = createApplication();
    const settings = { applicationId: APP, publicKey: application.publicKey };
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(mutationOf(ALL_CALLS), fc.tuple(fc.constant("any"), fc.jsonValue())),
        async ([, json]) => {
          const verified = await verifyDiscord(signed(bytes(json), 0, application), settings, 0);
          if (verified.ok) check(parseInteraction(verified.value));
          else expect(["unauthentic", "malformed"]).toContain(verified.error.kind);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("an event with changes", () => {
  it("is read, or ignored with a reason, and never throws", () => {
    const seen = { taken: 0, ignored: 0, asked: 0 };
    fc.assert(
      fc.property(mutationOf(ALL_EVENTS), fc.constantFrom("channel", "thread"), ([name, data], replyIn) => {
        const reading = readDispatch(event(name, data), WORLD, { ...SETTINGS, replyIn });
        switch (reading.kind) {
          case "unknown_thread":
            seen.asked += 1;
            expect(reading.channelId).toMatch(/^\d{15,20}$/u);
            return;
          case "interaction":
            expect(reading.id).toMatch(/^\d{15,20}$/u);
            expect(reading.token).not.toMatch(/[/?#%\s]/u);
            check(reading.intake);
            return;
          case "intake":
            seen[reading.intake.kind === "ignore" ? "ignored" : "taken"] += 1;
            check(reading.intake);
            return;
          default:
            assertNever(reading);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(seen.taken, seen.ignored)).toBeGreaterThan(300);
  });

  it("never throws whatever the data is", () => {
    const name = fc.constantFrom("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_REACTION_ADD", "INTERACTION_CREATE");
    fc.assert(
      fc.property(name, fc.jsonValue(), (eventName, data) => {
        const reading = readDispatch(event(eventName, data), WORLD, SETTINGS);
        expect(reading).toMatchObject({ kind: "intake", intake: { kind: "ignore" } });
      }),
    );
  });

  it("of a guild is never heard in a direct chat, whatever else is wrong with it", () => {
    const guildEvents = ALL_EVENTS.filter(([, data]) => JSON.stringify(data).includes('"guild_id"'));
    fc.assert(
      fc.property(mutationOf(guildEvents), ([name, data]) => {
        // Without a guild it is a direct message indeed.
        fc.pre(typeof data === "object" && data !== null && "guild_id" in data && data.guild_id !== null);
        const reading = readDispatch(event(name, data), WORLD, SETTINGS);
        if (reading.kind === "unknown_thread") return;
        expect(JSON.stringify(reading.intake)).not.toContain("agent:main:discord:direct:");
      }),
      { numRuns: 1_000 },
    );
  });
});

/** What an event is read as, without the reason why not. */
function outcomeOf(name: string, data: unknown): unknown {
  const reading = readDispatch(event(name, data), WORLD, SETTINGS);
  const isIgnored = reading.kind === "intake" && reading.intake.kind === "ignore";
  return isIgnored ? "ignored" : JSON.parse(JSON.stringify(reading));
}

describe("a field of an event", () => {
  const places = ALL_EVENTS.flatMap(([name, data]) => pathsIn(data).map((path) => ({ name, data, path })));

  it("means the same when it is null as when it is missing", () => {
    for (const { name, data, path } of places) {
      // One option less is another command.
      if (/^options\.\d+$/u.test(path.slice(-2).join("."))) continue;
      const missing = outcomeOf(name, changed(data, path, "drop", null));
      expect(outcomeOf(name, changed(data, path, "retype", null)), `${name} ${path.join(".")}`).toEqual(missing);
    }
  });

  it("that only describes something cannot make the rest unreadable", () => {
    const describing =
      /^(?:username|global_name|nick|roles|filename|content_type|size|duration_secs|title|description|timestamp|locale|mentions|mention_roles|embeds|sticker_items|poll|text|emoji|answers|question|flags)$/u;
    const odd = [[5]];
    for (const { name, data, path } of places) {
      if (!describing.test(path.at(-1) ?? "") || outcomeOf(name, data) === "ignored") continue;
      // The emoji of a reaction is all that it says.
      if (path.length === 1 && path[0] === "emoji") continue;
      expect(outcomeOf(name, changed(data, path, "retype", odd)), `${name} ${path.join(".")}`).not.toBe("ignored");
    }
  });
});
