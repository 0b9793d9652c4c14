import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import type { LogLine } from "../../../local/log.ts";
import { setTelegramCommands } from "../../../local/telegram-commands.ts";

describe("setTelegramCommands", () => {
  it("says in one short line why the menus are not set, and nothing that a terminal would carry out", async () => {
    const message = `Telegram refuses it: \u001b[2J\u202e\n${"x".repeat(5_000)}`;
    const server = createServer((_request, response) => response.writeHead(502).end(JSON.stringify({ message })));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    const url = typeof address === "object" && address ? `http://127.0.0.1:${address.port}` : "";
    const log: LogLine[] = [];
    await setTelegramCommands({ url, adminToken: "t", log: (line) => void log.push(line) });
    server.closeAllConnections();
    server.close();
    expect(log).toMatchObject([{ level: "warn", step: "telegram_commands_not_set" }]);
    expect(log[0]?.["message"]).toMatch(/^Telegram refuses it: \[2J x+…$/);
    expect(String(log[0]?.["plain"]).length).toBeLessThan(1_200);
  });
});
