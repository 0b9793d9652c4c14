import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import { examineStateDir } from "../../../cli/doctor/machine.ts";
import { MIGRATIONS as AGENT_DIRECTORY } from "../../../durable-objects/agent-directory/schema.ts";
import { MIGRATIONS as CHANNEL_SESSION } from "../../../durable-objects/channel-session/schema.ts";
import { MIGRATIONS as DISCORD_GATEWAY } from "../../../durable-objects/discord-gateway/schema.ts";
import { MIGRATIONS as JOB_SCHEDULER } from "../../../durable-objects/job-scheduler/schema.ts";
import { openStateDir } from "../../../local/state-dir.ts";
import { STATE_SCHEMAS } from "../../../local/state-version.ts";

let stateDir: string;
beforeEach(() => (stateDir = mkdtempSync(join(tmpdir(), "agent-claw-state-"))));
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const schemasPath = () => join(stateDir, "schemas.json");
const writeSchemas = (schemas: object) => writeFileSync(schemasPath(), JSON.stringify(schemas));

describe("STATE_SCHEMAS", () => {
  it("counts every migration that there is: raise it with each new one", () => {
    const db = openSpaceDatabase(join(stateDir, "owner.sqlite"));
    const agent = db.prepare("PRAGMA user_version").get()?.["user_version"];
    db.close();
    expect(STATE_SCHEMAS).toEqual({
      ChannelSession: CHANNEL_SESSION.length,
      AgentDirectory: AGENT_DIRECTORY.length,
      JobScheduler: JOB_SCHEDULER.length,
      DiscordGateway: DISCORD_GATEWAY.length,
      agent,
    });
  });
});

describe("a state directory", () => {
  it("is noted with the schemas that its databases get, also one of an older release", async () => {
    (await openStateDir(stateDir)).close();
    expect(JSON.parse(readFileSync(schemasPath(), "utf8"))).toEqual(STATE_SCHEMAS);
    writeSchemas({ ChannelSession: 1 });
    (await openStateDir(stateDir)).close();
    expect(JSON.parse(readFileSync(schemasPath(), "utf8"))).toEqual(STATE_SCHEMAS);
  });

  it.each([
    { ...STATE_SCHEMAS, ChannelSession: 1_000 },
    { ...STATE_SCHEMAS, Dreams: 1 },
  ])("of a newer release is refused in one line and left as it is: %j", async (schemas) => {
    (await openStateDir(stateDir)).close();
    writeSchemas(schemas);
    await expect(openStateDir(stateDir)).rejects.toThrow(
      /^\S+ was written by a newer release of agent-claw \(\w+: schema \d+, this one knows \d+\); start the newer[^\n]*$/,
    );
    expect(JSON.parse(readFileSync(schemasPath(), "utf8"))).toEqual(schemas);
    expect(examineStateDir(stateDir)).toMatchObject({
      state: "wrong",
      detail: expect.stringContaining("newer release"),
    });
  });

  it("is opened when the note is broken: the databases know too", async () => {
    (await openStateDir(stateDir)).close();
    writeFileSync(schemasPath(), "{");
    (await openStateDir(stateDir)).close();
    expect(JSON.parse(readFileSync(schemasPath(), "utf8"))).toEqual(STATE_SCHEMAS);
  });
});
