import { describe, expect, it } from "vitest";
import { commandHelp, commandsAt } from "../../../protocol/commands.ts";

const names = (place: "direct" | "group") => commandsAt(place).map(({ name }) => name);

describe("commandsAt", () => {
  it("offers at each place what is of use there, and never what is hidden", () => {
    expect(names("direct")).toEqual(["new", "stop", "status", "whoami", "help"]);
    expect(names("group")).toEqual([...names("direct"), "activation"]);
  });

  it.each(["direct", "group"] as const)("offers only what Telegram takes for a menu (%s)", (place) => {
    for (const { name, description } of commandsAt(place)) {
      expect(name).toMatch(/^[a-z0-9_]{1,32}$/);
      expect(description.length).toBeGreaterThanOrEqual(1);
      expect(description.length).toBeLessThanOrEqual(256);
    }
  });
});

describe("commandHelp", () => {
  it("says of each command what may follow it and what it does", () => {
    expect(commandHelp("group").split("\n")).toContain(
      "- `/activation mention|always` says when I answer in this group: when I am meant, or always",
    );
    expect(commandHelp("direct")).not.toContain("activation");
  });
});
