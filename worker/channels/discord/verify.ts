/** Lets in what Discord signed for our application, a short time ago, and nothing else. */
import { verifyKey } from "discord-interactions";
import { err, type Result } from "../../../protocol/result.ts";
import type { RejectReason, WebhookRequest } from "../channel.ts";
import type { DiscordSettings } from "./settings.ts";
import { applicationOf, decodeInteraction, type DiscordUpdate } from "./update.ts";

const SIGNATURE_HEADER = "x-signature-ed25519";
const TIMESTAMP_HEADER = "x-signature-timestamp";
/** Ed25519: 64 bytes. */
const SIGNATURE = /^[0-9a-f]{128}$/iu;
/** Unix time in seconds; until the year 2286 it has ten digits. */
const TIMESTAMP = /^\d{1,12}$/u;
/** How far the time that Discord signed may be from ours; it waits 3 s for an answer and sends nothing twice. */
const AGE_MAX_MS = 300_000;

/** Authenticates and decodes an interaction. Never throws. Discord sends wrong signatures on purpose, to see them refused. */
export async function verifyDiscord(
  { headers, body }: WebhookRequest,
  { applicationId, publicKey }: Pick<DiscordSettings, "applicationId" | "publicKey">,
  now: number,
): Promise<Result<DiscordUpdate, RejectReason>> {
  const signature = headers.get(SIGNATURE_HEADER);
  const timestamp = headers.get(TIMESTAMP_HEADER);
  if (signature === null || timestamp === null) return unauthentic("no signature");
  if (!SIGNATURE.test(signature) || !TIMESTAMP.test(timestamp)) return unauthentic("not a signature");
  if (Math.abs(now - Number(timestamp) * 1000) > AGE_MAX_MS) return unauthentic("signed at another time");
  if (!(await verifyKey(body, signature, timestamp, publicKey))) return unauthentic("wrong signature");
  const update = decodeBody(body, now);
  if (!update.ok) return err({ kind: "malformed", why: update.error });
  const application = applicationOf(update.value);
  return application === null || application === applicationId ? update : unauthentic("another application's");
}

function unauthentic(why: string): Result<never, RejectReason> {
  return err({ kind: "unauthentic", why });
}

function decodeBody(body: Uint8Array, receivedAt: number): Result<DiscordUpdate, string> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    return err("not JSON in UTF-8");
  }
  return decodeInteraction(json, receivedAt);
}
