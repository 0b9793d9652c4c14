/** The edits that the suite builds with. */
import type { Edit } from "./variant.ts";

/** Where the driver listens is told through the environment, of the Worker and of the agent. */
export const FAIL_POINTS_VARIABLE = "FAIL_POINTS_URL";

/** Every fail point asks the driver. */
export const FAIL_POINTS_ON: readonly Edit[] = [
  {
    file: "wrangler.toml",
    find: 'FAIL_POINTS = "false"',
    replace: `FAIL_POINTS = "process.env.${FAIL_POINTS_VARIABLE}"`,
  },
  {
    file: "agent-container/build.ts",
    find: 'FAIL_POINTS: "false"',
    replace: `FAIL_POINTS: "process.env.${FAIL_POINTS_VARIABLE}"`,
  },
];

/** What the table is run on. */
export const TABLE_EDITS: readonly Edit[] = [
  ...FAIL_POINTS_ON,
  // All its cells of dead letters fall into one window of owner notices.
  { file: "protocol/bounds.ts", find: "  noticesMax: 6,", replace: "  noticesMax: 600," },
  // Of Discord's times, two minutes in which a nonce is good are not waited for, and a call is as old as it says.
  { file: "worker/channels/discord/nonce.ts", find: "NONCE_GOOD_MS = 120_000", replace: "NONCE_GOOD_MS = 4_000" },
  {
    file: "worker/channels/discord/parse-ticket.ts",
    find: "call.receivedAt + TICKET_BOUNDS.lifeMs",
    replace: "Number(BigInt(call.id) >> 22n) + 1_420_070_400_000 + TICKET_BOUNDS.lifeMs",
  },
];

/** Safeties that can be switched off, to see that the suite turns red without them. */
export const WEAKENINGS = {
  /** Neither a known key nor a known message id is a repeat. */
  dedupe: [
    {
      file: "durable-objects/channel-session/inbox.ts",
      find: "if (written === 0) isNew = false;",
      replace: "void written;",
    },
    {
      file: "durable-objects/channel-session/inbox.ts",
      find: "VALUES (?1, ?2, ?3, ?4, 'accepted', ?5, ?5) ON CONFLICT (inbound_id) DO NOTHING`,\n    inbound.id,",
      replace:
        "VALUES (?1, ?2, ?3, ?4, 'accepted', ?5, ?5)`,\n    (inbound.id = `${inbound.id}${Math.floor(Math.random() * 1e9)}`),",
    },
  ],
  /** An answer does not take the place of the message that it grew in. */
  preview: [
    {
      file: "durable-objects/channel-session/preview-rows.ts",
      find: "return readPreview(sql, turnId)?.seq ?? null;",
      replace: "return null;",
    },
  ],
  /** Discord is not told which messages are the same. */
  nonce: [
    {
      file: "worker/channels/discord/send-message.ts",
      find: "...(nonce !== undefined && { nonce, enforce_nonce: true }),",
      replace: "",
    },
  ],
  /** What came while the Gateway had no session is not read. */
  backfill: [
    {
      file: "durable-objects/discord-gateway/machine.ts",
      find: 'effects: state.hasGap ? [{ kind: "begin_backfill" }] : []',
      replace: "effects: []",
    },
  ],
  /** A turn moves to whatever release there is. */
  release: [
    {
      file: "durable-objects/channel-session/machine.ts",
      find: "release: turn.release ?? release,",
      replace: "release,",
    },
  ],
  /** A turn that was overtaken may go on committing. */
  fence: [
    {
      file: "agent-container/src/stores/fence.ts",
      find: "if (stored > fence) throw",
      replace: "if (stored < 0) throw",
    },
    // It would find out by itself.
    {
      file: "agent-container/src/stores/session-store.ts",
      find: "checkNextSeq(target);",
      replace: "void checkNextSeq;",
    },
  ],
} as const satisfies Readonly<Record<string, readonly Edit[]>>;

export type Weakening = keyof typeof WEAKENINGS;
