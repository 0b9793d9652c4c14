/** Everything of a day of the Gateway: Discord and the model in this process, the edge and the stand-in as processes. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import { LOCAL_AWS, runtimeArn } from "../../local/local-aws-names.ts";
import type { LogLine } from "../../local/log.ts";
import { type Discord, startDiscord } from "../emulators/discord/gateway/whole.ts";
import type { Person } from "../emulators/discord/index.ts";
import type { Written } from "./chats.ts";
import { Edge } from "./edge.ts";
import { FaultModel } from "./model.ts";
import { makeScratch, removeScratch } from "./scratch.ts";
import { ACCOUNT_KEY, StandIn } from "./stand-in.ts";
import type { Builds } from "./variant.ts";

const ADMIN_TOKEN = "fault-suite-admin";
const PROCESS_MAX = 32;

const ledger = v.object({ messages: v.array(v.looseObject({ id: v.string() })) });
const gateway = v.object({
  status: v.looseObject({ phase: v.string(), waiting: v.number(), unread: v.number(), missed: v.number() }),
});
export type GatewayView = v.InferOutput<typeof gateway>["status"];

export type GatewayRigOptions = {
  readonly builds: Builds;
  readonly timeScale: number;
  readonly seed: number;
  readonly delayMs: () => number;
};

/** Where somebody writes: a number for the ids of messages, and the place. */
export type Spot = {
  readonly chat: number;
  readonly person: Person;
  readonly channelId: string;
  readonly session: string;
};

/** A message, and the id that Discord gave it. */
export type Said = Written & { readonly messageId: string; readonly session: string };

export class GatewayRig {
  readonly discord: Discord;
  readonly model: FaultModel;
  readonly standIn: StandIn;
  readonly edge: Edge;
  readonly log: LogLine[];
  readonly spots: readonly Spot[];
  readonly #stateDir: string;

  private constructor(
    parts: Pick<GatewayRig, "discord" | "model" | "standIn" | "edge" | "log" | "spots">,
    stateDir: string,
  ) {
    this.discord = parts.discord;
    this.model = parts.model;
    this.standIn = parts.standIn;
    this.edge = parts.edge;
    this.log = parts.log;
    this.spots = parts.spots;
    this.#stateDir = stateDir;
  }

  /** `direct` people with a direct chat each, and `channels` of one guild in which all of them are. */
  static async open(
    { builds, timeScale, seed, delayMs }: GatewayRigOptions,
    { direct, channels }: { readonly direct: number; readonly channels: number },
  ): Promise<GatewayRig> {
    const stateDir = makeScratch();
    const floodBytes = 3 * 1_024 * 1_024;
    const [discord, model] = await Promise.all([
      startDiscord({ gateway: { timeScale, seed, floodBytes } }),
      FaultModel.start({ delayMs }),
    ]);
    const standIn = new StandIn({
      stateDir,
      agentEntry: builds.agent.entryPath,
      driverUrl: null,
      processMax: PROCESS_MAX,
    });
    await standIn.start();
    const log: LogLine[] = [];
    const variables = {
      ...model.variables,
      DEPLOYMENT_ID: "faults",
      RELEASE_ID: builds.agent.hash,
      ADMIN_TOKEN,
      DISCORD_APPLICATION_ID: discord.http.applicationId,
      DISCORD_PUBLIC_KEY: discord.http.publicKey,
      DISCORD_BOT_TOKEN: discord.http.botToken,
      DISCORD_API_ROOT: discord.http.apiRoot,
      DISCORD_GATEWAY: "on",
      DM_POLICY: "open",
      GROUP_POLICY: "open",
      AWS_REGION: LOCAL_AWS.region,
      AWS_ACCESS_KEY_ID: ACCOUNT_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ACCOUNT_KEY.secretAccessKey,
      AWS_ENDPOINT_URL: standIn.url,
      AGENTCORE_ENDPOINT: standIn.url,
      AGENTCORE_RUNTIME_ARN: runtimeArn(LOCAL_AWS.region),
      AGENT_BUCKET: LOCAL_AWS.bucket,
      AGENT_DATA_ROLE_ARN: LOCAL_AWS.dataRoleArn,
    };
    const spots = peopleOf(discord, direct, channels);
    const edge = await Edge.start({ stateDir, worker: builds.worker, variables, log: (line) => void log.push(line) });
    const rig = new GatewayRig({ discord, model, standIn, edge, log, spots }, stateDir);
    await rig.#admin("discord/gateway/watch", "POST");
    return rig;
  }

  /** Somebody writes, in a channel to the bot. */
  say({ chat, person, channelId, session }: Spot, id: string): Said {
    const isDirect = channelId === person.dm;
    const text = isDirect ? id : `<@${this.discord.http.me.id}> ${id}`;
    const { id: messageId } = person.says(text, { in: channelId });
    return { chat, id, messageId, session };
  }

  /** What the bot showed at a spot. */
  readonly shown = (chat: number): readonly string[] => {
    const spot = this.spots.find((one) => one.chat === chat);
    return spot ? this.discord.http.answers(spot.channelId).map(({ content }) => content) : [];
  };

  /** Those of some messages that no session has in its inbox. */
  async withoutRow(said: readonly Said[]): Promise<readonly Said[]> {
    const { applicationId } = this.discord.http;
    const known = new Set<string>();
    for (const session of new Set(said.map((one) => one.session))) {
      const { messages } = v.parse(
        ledger,
        await this.#admin(`sessions/${encodeURIComponent(session)}/ledger?limit=500`),
      );
      for (const { id } of messages) known.add(id);
    }
    return said.filter(({ messageId }) => !known.has(`discord:${applicationId}:${messageId}`));
  }

  async gateway(): Promise<GatewayView> {
    return v.parse(gateway, await this.#admin("discord/gateway")).status;
  }

  /** How often a step was logged. */
  logged(step: string): number {
    return this.log.filter((line) => line["step"] === step).length;
  }

  /** A deploy that nobody announced. */
  async killEdge(): Promise<void> {
    await this.edge.kill();
    await this.edge.start();
  }

  async close(): Promise<void> {
    await this.edge.stop();
    await this.standIn.stop();
    await Promise.all([this.discord.close(), this.model.close()]);
    removeScratch(this.#stateDir);
  }

  /** The texts of growing answers that were given up, since nobody knows whether they are shown. */
  readonly deadPreviews = (chat: number): readonly string[] => {
    const chatId =
      this.spots
        .find((one) => one.chat === chat)
        ?.session.split(":")
        .at(-1) ?? "";
    const folder = join(this.#stateDir, "durable-objects");
    return globSync("**/*.sqlite", { cwd: folder }).flatMap((file) => deadPreviewsIn(join(folder, file), chatId));
  };

  async #admin(path: string, method: "GET" | "POST" = "GET"): Promise<unknown> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    return (await fetch(`${this.edge.url}/admin/api/${path}`, { method, headers })).json();
  }
}

function deadPreviewsIn(path: string, chatId: string): readonly string[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    if (!db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'").get()) return [];
    const query = `SELECT markdown FROM outbox WHERE kind = 'preview' AND state = 'dead' AND address ->> '$.chatId' = ?`;
    const rows = db.prepare(query).all(chatId);
    return rows.map(({ markdown }) => String(markdown));
  } finally {
    db.close();
  }
}

function peopleOf({ http }: Discord, direct: number, channels: number): readonly Spot[] {
  const people = Array.from({ length: direct }, () => http.addPerson());
  const guild = http.addGuild({ members: people });
  const session = (kind: string, id: string) => `agent:main:discord:${kind}:${id}`;
  return [
    ...people.map((person, index) => ({
      chat: index + 1_000,
      person,
      channelId: person.dm,
      session: session("direct", person.id),
    })),
    ...Array.from({ length: channels }, (_, index) => {
      const channelId = http.addChannel(guild);
      const [person] = people.slice(index % people.length);
      if (!person) throw new Error("nobody is there");
      return { chat: index + 2_000, person, channelId, session: session("group", `${guild}.${channelId}`) };
    }),
  ];
}
