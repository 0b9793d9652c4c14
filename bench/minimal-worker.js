/** The baseline of `ack`: the least that a Worker can do and still have stored a message once before it answers. */
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
    const update = JSON.parse(body);
    await env.MINIMAL.getByName(String(update.message.chat.id)).accept(update.update_id, body);
    return new Response(null, { status: 200 });
  },
};
