import { describe, expect, it } from "vitest";
import { parseCommand, parseStopWord } from "../../../worker/channels/text/command.ts";

describe("parseCommand", () => {
  it.each([
    ["/new", { name: "new", rest: "" }],
    ["/New buy\nmilk", { name: "new", rest: "buy\nmilk" }],
    ["/new: buy milk", { name: "new", rest: "buy milk" }],
    ["new", null],
    ["/ new", null],
    ["/usr/bin", null],
    ["see /new", null],
  ])("of %j", (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });
});

describe("parseStopWord", () => {
  it.each(["stop", "STOP!", " Stopp. ", "please  stop", "hör auf", "ho\u0308r auf!", "abort…"])(
    "takes %j for /stop",
    (text) => {
      expect(parseStopWord(text)).toEqual({ name: "stop", rest: "" });
    },
  );

  it.each(["stop it", "don't stop", "stop?", "", "!", "bus stop", "stop\nnow"])("leaves %j to the agent", (text) => {
    expect(parseStopWord(text)).toBeNull();
  });
});
