import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../../../protocol/access.ts";
import { commandLine, commandNamed, commandsAt } from "../../../protocol/commands.ts";

const names = (place: "direct" | "group") => commandsAt(place, "en").map(({ name }) => name);

describe("commandsAt", () => {
  it("offers at each place what is of use there, and never what is hidden", () => {
    const everywhere = [
      "new",
      "stop",
      "status",
      "model",
      "compact",
      "context",
      "name",
      "think",
      "usage",
      "queue",
      "pair",
      "whoami",
      "commands",
      "help",
    ];
    expect(names("direct").toSorted()).toEqual(
      [...everywhere, "link", "config", "cron", "budget", "checklist", "heartbeat"].toSorted(),
    );
    expect(names("group").toSorted()).toEqual([...everywhere, "activation"].toSorted());
  });

  it("says which are the owner's alone", () => {
    const owners = [...commandsAt("direct", "en"), ...commandsAt("group", "en")].filter(({ who }) => who === "owner");
    expect(new Set(owners.map(({ name }) => name))).toEqual(
      new Set(["pair", "config", "cron", "budget", "checklist", "heartbeat", "activation"]),
    );
  });

  it.each(LANGUAGES)("offers only what Telegram takes for a menu (%s)", (language) => {
    for (const { name, description } of [...commandsAt("direct", language), ...commandsAt("group", language)]) {
      expect(name).toMatch(/^[a-z0-9_]{1,32}$/);
      expect(description.length).toBeGreaterThanOrEqual(1);
      expect(description.length).toBeLessThanOrEqual(256);
    }
  });

  it("describes every command in each language by words of its own", () => {
    const [english, german] = [commandsAt("direct", "en"), commandsAt("direct", "de")];
    for (const [index, { description }] of english.entries()) expect(german[index]?.description).not.toBe(description);
  });
});

describe("commandNamed", () => {
  it("knows each command by its names, and no others", () => {
    expect(["new", "reset", "whoami", "id", "start"].map(commandNamed)).toEqual([
      "new",
      "new",
      "whoami",
      "whoami",
      "start",
    ]);
    expect(["restart", "", "constructor"].map(commandNamed)).toEqual([null, null, null]);
  });
});

describe("commandLine", () => {
  it("is how a command is typed", () => {
    expect(commandsAt("group", "en").map(commandLine)).toContain("/activation [mention|always|default]");
    expect(commandsAt("group", "en").map(commandLine)).toContain("/stop");
  });
});
