import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TelegramEmulator } from "../../emulators/telegram/index.ts";
import { buttons, channelAt, failure, file, part, startEmulator, team } from "./outgoing.ts";

const table = "| a | b |\n|---|---|\n| 1 | 2 |";

describe("send in the place of a preview", () => {
  let emulator: TelegramEmulator;
  let edits: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    edits = (await channel().send(team, part("growing"))).messageId;
  });
  afterEach(() => emulator.close());

  const channel = () => channelAt(emulator.url);
  const shown = () => emulator.answers(-100123);
  const editCalls = () => emulator.calls.filter((call) => call.method === "editMessageText");

  it("replaces the text, as formatted as any, and keeps the id", async () => {
    expect(await channel().send(team, part("**done**", { edits }))).toEqual({ messageId: edits });
    expect(shown()).toMatchObject([{ text: "done", entities: [{ type: "bold" }] }]);
    await channel().send(team, part(table, { edits }));
    expect(shown()[0]?.rich_message?.blocks).toMatchObject([{ type: "table" }]);
    await channel().send(team, part("again", { edits }));
    expect(shown()).toMatchObject([{ text: "again" }]);
  });

  it("says nothing of thread or question, which stay", async () => {
    await channel().send({ ...team, thread: { kind: "topic", id: "9" } }, part("x", { edits }));
    expect(editCalls()[0]?.params).toEqual({
      chat_id: -100123,
      message_id: Number(edits),
      text: "x",
      parse_mode: "HTML",
    });
  });

  it("adds buttons and takes them away", async () => {
    await channel().send(team, part("growing", { edits, buttons: buttons("Yes", "No") }));
    expect(shown()[0]?.reply_markup?.inline_keyboard).toMatchObject([[{ text: "Yes" }, { text: "No" }]]);
    await channel().send(team, part("growing", { edits }));
    expect(shown()[0]).not.toHaveProperty("reply_markup");
  });

  it("is done when it has been done before", async () => {
    await channel().send(team, part("**done**", { edits }));
    expect(await channel().send(team, part("**done**", { edits }))).toEqual({ messageId: edits });
    await channel().send(team, part(table, { edits }));
    expect(await channel().send(team, part(table, { edits }))).toEqual({ messageId: edits });
    expect(shown()).toHaveLength(1);
    expect(editCalls().map((call) => call.status)).toEqual([200, 400, 200, 400]);
  });

  it("is refused when the message is gone, is not ours or is in a group that has moved, so that it is sent anew", async () => {
    const { message } = emulator.say({ from: 42, chat: -100123, text: "mine" });
    for (const id of ["99999", String(message.message_id), "x", ""]) {
      const error = await failure(channel().send(team, part(table, { edits: id })));
      expect(error).toMatchObject({ code: "channel_refused", retry: "never" });
    }
    expect(editCalls(), "in one form only").toHaveLength(2);
    const files = [file("photo")];
    expect((await failure(channel().send(team, part("x", { edits, files })))).code).toBe("channel_refused");
    expect(shown()).toMatchObject([{ text: "growing" }]);
    emulator.migrate(-100123, -100456);
    expect((await failure(channel().send(team, part("x", { edits })))).code).toBe("channel_refused");
    expect(emulator.answers(-100456)).toEqual([]);
  });

  it("goes down from rich to HTML to plain where Telegram refuses, and on a server without rich messages", async () => {
    const description = "Bad Request: can't parse entities: what";
    emulator.fail({ kind: "status", status: 400, description, method: "editMessageText", times: 2 });
    await channel().send(team, part(table, { edits }));
    expect(shown()).toMatchObject([{ text: table }]);
    await emulator.close();
    emulator = await startEmulator({ knowsRichMessages: false });
    edits = (await channel().send(team, part("growing"))).messageId;
    await channel().send(team, part(table, { edits }));
    expect(shown()).toMatchObject([{ text: expect.stringContaining("1 | 2") }]);
  });

  it("leaves an unknown outcome to the session", async () => {
    const same = channel();
    await same.send(team, part("first"));
    emulator.fail({ kind: "cut_after", method: "editMessageText" });
    expect((await failure(same.send(team, part(table, { edits })))).code).toBe("channel_outcome_unknown");
    expect(editCalls()).toHaveLength(1);
    expect(await same.send(team, part(table, { edits }))).toEqual({ messageId: edits });
  });
});
