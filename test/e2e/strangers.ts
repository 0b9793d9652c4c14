/** What the tests of access do with strangers: have them write, find their codes, let them in. */
import { vi } from "vitest";
import type { OpenPairing } from "../../protocol/pairing.ts";
import type { PersonSummary } from "../../protocol/people.ts";
import type { Person } from "../emulators/telegram/index.ts";
import { OWNER, PATIENCE, type World } from "./world.ts";

/** The first code in a text, by the alphabet of docs/security.md. */
export function codeIn(text: string): string {
  const code = /\b[A-HJ-NP-Z2-9]{8}\b/u.exec(text)?.[0];
  if (code === undefined) throw new Error(`no code in: ${text}`);
  return code;
}

/** A stranger writes for the first time; resolves with the code that they are told. */
export async function askIn(world: World, who: number | Person, text = "hello, who are you?"): Promise<string> {
  const id = typeof who === "number" ? who : who.id;
  const before = world.telegram.answers(id).length;
  world.telegram.say({ from: who, text });
  const answers = await world.answers(id, before + 1);
  return codeIn(answers.at(-1) ?? "");
}

/** Makes a stranger somebody who is let in, and waits until they know. */
export async function letIn(world: World, who: number | Person): Promise<void> {
  const id = typeof who === "number" ? who : who.id;
  const code = await askIn(world, who);
  const told = world.telegram.answers(id).length;
  const { status, answer } = await world.ask("POST", "pairings/approve", { code });
  if (status !== 200) throw new Error(`not let in: ${JSON.stringify(answer)}`);
  await world.answers(id, told + 1);
}

export async function pairings(world: World): Promise<readonly OpenPairing[]> {
  return ((await world.admin("pairings")) as { pairings: OpenPairing[] }).pairings;
}

export async function people(world: World): Promise<readonly PersonSummary[]> {
  return ((await world.admin("people")) as { people: PersonSummary[] }).people;
}

/** Turns away whoever waits, so that others may ask. */
export async function turnAllAway(world: World): Promise<void> {
  for (const { code } of await pairings(world)) await world.ask("POST", "pairings/dismiss", { code });
}

/**
 * Resolves when the assistant has taken all that was said so far and would have answered it: the owner, who writes last,
 * is answered.
 */
export async function settle(world: World): Promise<void> {
  const before = world.telegram.answers(OWNER).length;
  await allTaken(world);
  world.telegram.say({ from: OWNER, text: "are you still there?" });
  const isAnswer = (text: string | undefined) => text?.startsWith("You said: ") ?? false;
  await vi.waitFor(() => {
    if (
      !world.telegram
        .answers(OWNER)
        .slice(before)
        .some(({ text }) => isAnswer(text))
    )
      throw new Error("not yet");
  }, PATIENCE);
}

/** Resolves when every update was taken by the assistant. */
export async function allTaken(world: World): Promise<void> {
  await vi.waitFor(() => {
    if (world.telegram.updatesLeft > 0) throw new Error(`${world.telegram.updatesLeft} updates are not taken yet`);
  }, PATIENCE);
}
