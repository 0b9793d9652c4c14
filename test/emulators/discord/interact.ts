/** Sends an interaction to the bot: by one signed POST that is never repeated, or over the Gateway; and waits for its answer. */
import { acknowledge } from "./callback.ts";
import { interactionToWire, isInstalledHere, ownersOf } from "./interaction-wire.ts";
import { ANSWER_MS, type InteractionType, type Ticket } from "./interactions.ts";
import { isObject, type Json } from "./json.ts";
import type { Place } from "./place.ts";
import type { User } from "./wire.ts";
import type { World } from "./world.ts";

export type Asked = {
  readonly type: InteractionType;
  readonly person: User;
  readonly place: Place;
  readonly data: Json;
  readonly command?: string;
  readonly messageId?: string;
};

/** What became of an interaction, as whoever made it sees it. */
export type Outcome = {
  readonly id: string;
  readonly token: string;
  /** As it was sent. */
  readonly interaction: Json;
  /** Why "The application did not respond" was shown; null: it did. */
  readonly failed: string | null;
  /** The status of the answer; null: none in time, or it did not come by HTTP. */
  readonly status: number | null;
  /** The body of the answer, if it could be read. */
  readonly answer: unknown;
  /** By the emulator's clock. */
  readonly tookMs: number;
  /** Values of the choices that were shown for what was typed. */
  readonly choices: readonly unknown[];
  readonly modal: Json | null;
};

/** How often it is looked whether an answer has come that does not come by HTTP. */
const LOOK_MS = 10;

/** Makes an interaction whose token is good from now on, without sending it: its object, and what is known of it. */
function openInteraction(world: World, asked: Asked): { readonly ticket: Ticket; readonly interaction: Json } {
  const { type, person, place, data, command = null, messageId = null } = asked;
  const ticket = world.interactions.open({
    type,
    person,
    placeId: place.id,
    isInstalledHere: isInstalledHere(world, place),
    command,
    messageId,
    owners: ownersOf(world, place, person),
  });
  return { ticket, interaction: interactionToWire(world, ticket, data) };
}

/** Sends an interaction, and resolves when it is answered or given up. Never rejects for what the bot does. */
export async function interact(world: World, asked: Asked): Promise<Outcome> {
  const { ticket, interaction } = openInteraction(world, asked);
  const { interactionsUrl: url } = world;
  const told =
    url === null
      ? await tellGateway(world, ticket, asked.place, interaction)
      : await post(world, ticket, url, interaction);
  // It may have been answered by a call, whatever became of the POST.
  const failed = ticket.state === "acknowledged" ? null : told.failed;
  if (failed !== null) ticket.state = "dead";
  const { id, token, choices, modal } = ticket;
  const values = (choices ?? []).map((choice) => choice["value"]);
  return { id, token, interaction, ...told, failed, tookMs: world.now() - ticket.at, choices: values, modal };
}

type Told = Pick<Outcome, "failed" | "status" | "answer">;

async function post(world: World, ticket: Ticket, url: string, interaction: Json): Promise<Told> {
  const { status, answer } = await world.endpoint.post(url, JSON.stringify(interaction), ANSWER_MS);
  if (status === null) return { failed: "no answer in time", status, answer: null };
  const body = readJson(answer);
  // The answer comes by a call of its own then.
  if (status === 202 && answer === "") return { ...(await untilAcknowledged(world, ticket)), status };
  if (status < 200 || status > 299) return { failed: `status ${status}`, status, answer: body };
  return { failed: carryOut(world, ticket, body), status, answer: body };
}

/** Why the answer is none; null: it was carried out. */
function carryOut(world: World, ticket: Ticket, body: unknown): string | null {
  try {
    if (!isObject(body)) throw new Error("the answer is no JSON object");
    world.interactions.waiting(ticket.id, ticket.token);
    acknowledge(world, ticket, { json: body, uploads: [] });
    return null;
  } catch (error) {
    const what = error instanceof Error ? `${error.message} ${describe(error)}`.trim() : String(error);
    world.violations.push({ where: `answer to an interaction of type ${ticket.type}`, what });
    return what;
  }
}

function describe(error: Error): string {
  return "errors" in error && error.errors !== undefined ? JSON.stringify(error.errors) : "";
}

async function tellGateway(world: World, ticket: Ticket, place: Place, interaction: Json): Promise<Told> {
  const guild = place.guildId !== null && { guildId: place.guildId };
  world.events.emit({ t: "INTERACTION_CREATE", d: interaction, ...guild });
  return { ...(await untilAcknowledged(world, ticket)), status: null };
}

async function untilAcknowledged(world: World, ticket: Ticket): Promise<Omit<Told, "status">> {
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (ticket.state === "waiting" && !world.interactions.isLate(ticket)) return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
  });
  return { failed: ticket.state === "acknowledged" ? null : "no answer in time", answer: null };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
