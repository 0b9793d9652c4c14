/** Discord as the assistant sees it: people use `/ask` in the channels of a server, and what became of it is counted. */
import { generateKeyPairSync } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import type { Variables } from "../local/variables.ts";
import { acknowledge } from "../test/emulators/discord/callback.ts";
import { commandData } from "../test/emulators/discord/command-data.ts";
import { startDiscordEmulator } from "../test/emulators/discord/index.ts";
import { interactionToWire, ownersOf } from "../test/emulators/discord/interaction-wire.ts";
import { INTERACTION_TYPE } from "../test/emulators/discord/interactions.ts";
import type { LoadAnswer, Signing } from "./load-job.ts";
import { MODEL_ANSWER } from "./model.ts";

export type Discord = AsyncDisposable & {
  /** Settings of an assistant that uses it. */
  readonly variables: Variables;
  readonly publicKey: string;
  readonly signing: Signing;
  /** So many `/ask`, in the channels in turns, which are to be sent from now on, so many a second. */
  ask(count: number, perSecond: number, text: string): Asked;
  /** How many of all that was asked show the model's answer by now. */
  answeredCount(): number;
  /** Resolves when everything that was asked is answered. Throws when no answer has come for a while, or one came twice. */
  untilAnswered(): Promise<void>;
};

export type Asked = {
  /** Of the POSTs, not signed yet. */
  readonly bodies: readonly string[];
  /** Shows people what the bot answered a POST with. Throws when that promises no answer. */
  readonly onAnswer: (answer: LoadAnswer) => void;
};

/** So long without any answer, and no more are waited for: longer than a turn whose stream was cut waits. */
const SILENCE_MAX_MS = 120_000;
const LOOK_MS = 200;
/** What an error tells of what is there instead of an answer. */
const SHOWN_MAX = 10;

/** "Interaction Callback Type": the answer comes later. */
const promised = v.pipe(v.string(), v.parseJson(), v.object({ type: v.literal(5) }));

export async function startDiscord(channelCount: number): Promise<Discord> {
  // An interaction has the time in its id, and is young when it is sent: they are made before, with the time that it is then.
  let aheadMs = 0;
  const emulator = await startDiscordEmulator({ now: () => Date.now() + aheadMs });
  const { world } = emulator;
  const people = Array.from({ length: channelCount }, () => emulator.addPerson());
  const guild = emulator.addGuild({ members: people });
  const places = people.map(({ user }) => ({ user, place: world.places.get(emulator.addChannel(guild)) }));
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const publicKeyHex = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("hex");
  let askedCount = 0;

  const openAsk = (text: string) => {
    const { user: person, place } = places[askedCount % places.length] ?? {};
    if (!person || !place) throw new Error("there is no channel");
    askedCount += 1;
    const ticket = world.interactions.open({
      type: INTERACTION_TYPE.command,
      person,
      placeId: place.id,
      isInstalledHere: true,
      command: "ask",
      messageId: null,
      owners: ownersOf(world, place, person),
    });
    return {
      ticket,
      body: JSON.stringify(interactionToWire(world, ticket, commandData(world, place, "ask", { text }))),
    };
  };
  const shown = () => places.flatMap(({ place }) => place.messages);
  const answeredCount = () => shown().filter(({ content }) => content.includes(MODEL_ANSWER)).length;

  return {
    variables: {
      DISCORD_APPLICATION_ID: emulator.applicationId,
      DISCORD_PUBLIC_KEY: publicKeyHex,
      DISCORD_BOT_TOKEN: emulator.botToken,
      DISCORD_API_ROOT: emulator.apiRoot,
      GROUP_ALLOW_FROM: `discord:${guild}`,
    },
    publicKey: publicKeyHex,
    signing: { privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString() },
    ask(count, perSecond, text) {
      const asks = Array.from({ length: count }, (_, index) => {
        aheadMs = (index * 1_000) / perSecond;
        return openAsk(text);
      });
      aheadMs = 0;
      return {
        bodies: asks.map(({ body }) => body),
        onAnswer({ index, body }) {
          const ask = asks[index];
          if (ask) acknowledge(world, ask.ticket, { json: v.parse(promised, body), uploads: [] });
        },
      };
    },
    answeredCount,
    async untilAnswered() {
      let newest = { count: answeredCount(), at: performance.now() };
      while (newest.count < askedCount && performance.now() - newest.at < SILENCE_MAX_MS) {
        await pause(LOOK_MS);
        const count = answeredCount();
        if (count > newest.count) newest = { count, at: performance.now() };
      }
      const messages = shown().length;
      if (newest.count !== askedCount || messages !== askedCount || emulator.violations.length > 0) {
        const others = shown().filter(({ content }) => !content.includes(MODEL_ANSWER));
        const instead = JSON.stringify(
          [...others.map(({ content }) => content), ...emulator.violations].slice(0, SHOWN_MAX),
        );
        throw new Error(`${askedCount} asked: ${newest.count} answers, ${messages} messages; there is ${instead}`);
      }
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}
