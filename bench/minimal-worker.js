/** The baseline of the rows about acknowledgements: the least that has stored a message once before it answers. */
import { DurableObject } from "cloudflare:workers";

/** Far beyond the benchmark: the alarm is set, and never goes off while it runs. */
const ALARM_AFTER_MS = 3_600_000;

export class Minimal extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS inbox (key INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT");
  }

  accept(key, body) {
    this.ctx.storage.sql.exec("INSERT INTO inbox (key, body) VALUES (?, ?) ON CONFLICT DO NOTHING", key, body);
    void this.ctx.storage.setAlarm(Date.now() + ALARM_AFTER_MS);
  }

  alarm() {}
}

export default {
  async fetch(request, env) {
    const body = await request.text();
    if (env.DISCORD_PUBLIC_KEY) return interaction(body, request.headers, env);
    const update = JSON.parse(body);
    await env.MINIMAL.getByName(String(update.message.chat.id)).accept(update.update_id, body);
    return new Response(null, { status: 200 });
  },
};

async function interaction(body, headers, env) {
  const key = await crypto.subtle.importKey("raw", bytes(env.DISCORD_PUBLIC_KEY), "Ed25519", false, ["verify"]);
  const signed = new TextEncoder().encode(headers.get("x-signature-timestamp") + body);
  const signature = bytes(headers.get("x-signature-ed25519"));
  if (!(await crypto.subtle.verify("Ed25519", key, signature, signed))) return new Response(null, { status: 401 });
  const { channel_id: channel, id } = JSON.parse(body);
  await env.MINIMAL.getByName(channel).accept(id, body);
  return Response.json({ type: 5 });
}

function bytes(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
}
