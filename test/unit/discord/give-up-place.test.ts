import { describe, expect, it } from "vitest";
import { TICKET_BOUNDS } from "../../../protocol/bounds.ts";
import { isTurnId } from "../../../protocol/ids.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { previewDiscord } from "../../../worker/channels/discord/preview.ts";
import type { DiscordRest } from "../../../worker/channels/discord/rest.ts";
import { sendDiscord } from "../../../worker/channels/discord/send.ts";
import { askedBy, failure, groupAt, part, pass, restOf, startScene } from "./outgoing.ts";

const ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original";
const ELSEWHERE = expect.stringMatching(/^⏳ /u);
const TURN = "turn-0001";

function preview(rest: DiscordRest, to: ReplyAddress, text: string) {
  if (!isTurnId(TURN)) throw new Error("not a turn id");
  return previewDiscord(rest, to, { turnId: TURN, text }, Date.now());
}

/** A call that is about to be too old to be answered by its token, and what its channel shows. */
async function startCall() {
  const scene = await startScene();
  const { emulator, ann, guild, channel } = scene;
  const ticket = await askedBy(emulator, ann, { in: channel });
  const shown = () => emulator.answers(channel).map(({ state, content }) => (state === "written" ? content : state));
  return { ...scene, to: groupAt(`${guild}.${channel}`, { ticket }), shown };
}

describe("the place of an answer that comes too late for it", () => {
  it("says so when the answer comes, if it was not said before", async () => {
    const { rest, to, shown } = await startCall();
    await preview(rest, to, "beginning");
    pass(TICKET_BOUNDS.switchMs);
    await sendDiscord(rest, to, part("whole"), Date.now());
    expect(shown()).toEqual([ELSEWHERE, "whole"]);
  });

  it("says so the next time when Discord did not answer", async () => {
    const { emulator, rest, to, shown } = await startCall();
    pass(TICKET_BOUNDS.switchMs);
    emulator.fail({ kind: "cut_before", method: "PATCH", route: ORIGINAL });
    await failure(preview(rest, to, ""));
    expect(shown()).toEqual(["thinking"]);
    await preview(rest, to, "more");
    expect(shown()).toEqual([ELSEWHERE]);
  });

  it("keeps no answer from coming", async () => {
    const { emulator, rest, to, shown } = await startCall();
    pass(TICKET_BOUNDS.switchMs);
    emulator.fail({ kind: "status", status: 500, method: "PATCH", route: ORIGINAL });
    await sendDiscord(rest, to, part("whole"), Date.now());
    expect(shown()).toEqual(["thinking", "whole"]);
  });

  it("is left alone when the answer may be there since before", async () => {
    const { emulator, channel, rest, to, shown } = await startCall();
    const since = Date.now() + TICKET_BOUNDS.switchMs - 1_000;
    pass(TICKET_BOUNDS.switchMs - 1_000);
    await sendDiscord(rest, to, part("whole"), Date.now());
    pass(2_000);
    emulator.fail({ kind: "status", status: 401, code: 50_027, method: "PATCH", route: ORIGINAL });
    const again = await sendDiscord(restOf(emulator), to, part("whole", { mayBeShownSince: since }), Date.now());
    expect(shown()).toEqual(["whole"]);
    expect(emulator.answers(channel)[0]?.id).toBe(again.messageId);
  });
});
