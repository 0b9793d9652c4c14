import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandNamed, commandsAt } from "../../../protocol/commands.ts";
import { commandChanges, wantedCommands } from "../../../worker/channels/discord/commands.ts";
import { overwriteCommands, readCommands } from "../../../worker/channels/discord/operation.ts";
import type { DiscordEmulator } from "../../emulators/discord/index.ts";
import { settingsOf, startEmulator } from "./outgoing.ts";

const NONE = { added: [], changed: [], removed: [] };
const byName = (name: string) => wantedCommands().find((command) => command.name === name);

describe("wantedCommands", () => {
  it("offers /ask, every command of ours that is offered anywhere, and one for a message", () => {
    const ours = new Set([...commandsAt("direct", "en"), ...commandsAt("group", "en")].map(({ name }) => name));
    const names = wantedCommands().map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(["ask", ...ours, "Ask about this message"]));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names.slice(1, -1)) expect(commandNamed(name)).toBe(name);
  });

  it("offers each where it is of use, in guilds and accounts alike", () => {
    expect(byName("ask")).toMatchObject({ contexts: [0, 1, 2], integration_types: [0, 1] });
    expect(byName("status")).toMatchObject({ contexts: [0, 1, 2] });
    expect(byName("link")).toMatchObject({ contexts: [1] });
    expect(byName("activation")).toMatchObject({ contexts: [0] });
    expect(byName("Ask about this message")).toMatchObject({ type: 3, contexts: [0, 1, 2] });
  });

  it("describes each in English and German", () => {
    for (const { description, description_localizations: others, type } of wantedCommands()) {
      if (type === 1) expect([description, others]).toEqual([expect.any(String), { de: expect.any(String) }]);
    }
    expect(byName("stop")).toMatchObject({ description: "stops what I am doing" });
    expect(byName("Ask about this message")).toMatchObject({
      name_localizations: { de: "Zu dieser Nachricht fragen" },
    });
  });

  it("asks for what follows a command in the order in which it is typed", () => {
    const options = (name: string) =>
      byName(name)?.options?.map((option) => [option.name, option.choices?.map(({ value }) => value)]);
    expect(options("pair")).toEqual([
      ["action", ["dismiss"]],
      ["code", undefined],
    ]);
    expect(options("think")).toEqual([["level", ["off", "minimal", "low", "medium", "high", "xhigh", "default"]]]);
    expect(options("ask")).toEqual([
      ["text", undefined],
      ["file", undefined],
    ]);
    expect(byName("model")?.options).toMatchObject([{ name: "name", autocomplete: true }]);
    expect(byName("help")).not.toHaveProperty("options");
  });
});

describe("commandChanges", () => {
  let emulator: DiscordEmulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  it("finds nothing once they are registered, whatever Discord adds to them", async () => {
    const settings = settingsOf(emulator);
    expect(commandChanges(await readCommands(settings), wantedCommands())).toEqual({
      ...NONE,
      added: wantedCommands().map(({ name }) => name),
    });
    await overwriteCommands(settings, wantedCommands());
    expect(emulator.violations).toEqual([]);
    expect(commandChanges(await readCommands(settings), wantedCommands())).toEqual(NONE);
    expect(emulator.calls.at(-1)?.query).toEqual({ with_localizations: "true" });
  });

  it("names what is new, what goes, and of what differs in which fields", async () => {
    const settings = settingsOf(emulator);
    const [ask, ...others] = wantedCommands();
    await overwriteCommands(settings, [
      { ...ask, description: "something else", options: [] },
      ...others.filter(({ name }) => name !== "stop"),
      { type: 1, name: "weather", description: "of an older release" },
      { type: 3, name: "status" },
    ]);
    expect(commandChanges(await readCommands(settings), wantedCommands())).toEqual({
      added: ["stop"],
      changed: ["ask (description, options)"],
      removed: ["weather", "status"],
    });
  });

  it("takes for the same what means the same, and for different what does not", () => {
    const told = { type: 1, name: "a", description: "b", contexts: [2, 0, 1], integration_types: [1, 0], version: "9" };
    const wanted = { type: 1, name: "a", description: "b", contexts: [0, 1, 2], integration_types: [0, 1] };
    expect(commandChanges([told], [wanted])).toEqual(NONE);
    expect(commandChanges([{ ...told, name_localizations: null, options: null }], [wanted])).toEqual(NONE);
    expect(commandChanges([{ ...told, contexts: null }], [wanted]).changed).toEqual(["a (contexts)"]);
    expect(commandChanges([{ ...told, type: undefined }], [wanted])).toEqual(NONE);
    expect(commandChanges([{ ...told, description_localizations: { fr: "x" } }], [wanted]).changed).toEqual([
      "a (description_localizations)",
    ]);
  });

  it("does not stumble over what it cannot read", () => {
    const [ask] = wantedCommands();
    const odd = { type: 1, name: "odd", description: 5 };
    expect(commandChanges([null, 7, {}, odd, ...(ask ? [ask] : [])], ask ? [ask] : [])).toEqual({
      ...NONE,
      removed: ["odd"],
    });
  });
});
