import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALLOWED, SEARCHED } from "./canary/allowed.ts";
import { CanaryAssistant } from "./canary/assistant.ts";
import { type Canary, Needles } from "./canary/needles.ts";
import { type Piece, piecesOf } from "./canary/places.ts";
import { madeSecrets, ownerCanaries, ownerSecrets, runtimeCanaries } from "./canary/secrets.ts";
import { tell } from "./canary/story.ts";
import { readWire } from "./canary/wire-recorder.ts";

/** A kill, two starts and some thirty programs of the command line. */
const RUN_MAX_MS = 180_000;

/** Where each secret was found, with one example of each. */
function searchIn(pieces: readonly Piece[], canaries: readonly Canary[]): Map<string, Map<string, string>> {
  const needles = new Needles(canaries);
  const found = new Map<string, Map<string, string>>(canaries.map(({ secret }) => [secret, new Map()]));
  for (const { place, where, content } of pieces) {
    for (const [secret, form] of needles.find(content)) found.get(secret)?.set(place, `${where}: ${form}`);
  }
  return found;
}

describe("a run with a canary for every secret", () => {
  let assistant: CanaryAssistant;
  let pieces: readonly Piece[];
  let found: Map<string, Map<string, string>>;
  beforeAll(async () => {
    const secrets = ownerSecrets();
    assistant = await CanaryAssistant.open(secrets);
    const codes = await tell(assistant);
    const exchanges = assistant.wireFiles.flatMap(readWire);
    const made = [...madeSecrets(assistant.stateDir), ...runtimeCanaries(exchanges), ...codes];
    pieces = await piecesOf(assistant, exchanges);
    found = searchIn(pieces, [...ownerCanaries(secrets), ...made]);
  }, RUN_MAX_MS);
  afterAll(() => assistant?.close());

  it("leaves each of them where it must be, and nowhere else, in no form", () => {
    const elsewhere = [...found].flatMap(([secret, places]) =>
      [...places].filter(([place]) => !ALLOWED[secret]?.includes(place)).map((place) => [secret, ...place]),
    );
    expect(elsewhere).toEqual([]);
    const places = Object.fromEntries([...found].map(([secret, where]) => [secret, [...where.keys()].toSorted()]));
    expect(places).toEqual(Object.fromEntries(Object.entries(ALLOWED).map(([name, list]) => [name, list.toSorted()])));
  });

  it("is looked at in all places", () => {
    const searched = new Set(pieces.filter(({ content }) => content.length > 0).map(({ place }) => place));
    expect(SEARCHED.filter((place) => !searched.has(place))).toEqual([]);
  });

  it("is what docs/security.md shows", () => {
    const text = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
    const table = /<!-- secrets: begin -->([^]*)<!-- secrets: end -->/.exec(text)?.[1] ?? "";
    const rows = table.split("\n").filter((line) => line.startsWith("|"));
    const shown = rows.slice(2).map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(shown).toEqual(Object.entries(ALLOWED).map(([secret, places]) => [secret, places.join("; ")]));
  });
});

describe("the search", () => {
  const value = 'p4ssw0rd+/="which&is\\long';
  const find = (text: string | Buffer) =>
    new Needles([{ secret: "it", value }]).find(Buffer.isBuffer(text) ? text : Buffer.from(text)).has("it");

  it.each([
    ["as it is", `before ${value} after`],
    ["its first half", value.slice(0, 13)],
    ["its second half", `${value.slice(13)}!`],
    ["backwards", value.split("").toReversed().join("")],
    ["in an address", `https://example.com/?key=${encodeURIComponent(value)}`],
    ["in JSON", JSON.stringify({ value })],
    ["in JSON in JSON", JSON.stringify(JSON.stringify({ value }))],
    ["in base64 behind other words", Buffer.from(`:${value}`).toString("base64")],
    ["in base64url", Buffer.from(`ab${value}`).toString("base64url")],
    ["in hex", Buffer.from(value).toString("hex")],
    ["in UTF-16", Buffer.from(value, "utf16le")],
  ])("finds a secret %s", (_form, text) => {
    expect(find(text)).toBe(true);
  });

  it("finds nothing where there is nothing", () => {
    expect(find("p4ssw0rd and which, but not together, is long")).toBe(false);
  });
});
