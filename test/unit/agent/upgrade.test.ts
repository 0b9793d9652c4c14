import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { run } from "./agent-client.ts";
import { useAgent } from "./agent-fixture.ts";
import { resume, turn } from "./invocations.ts";

const agent = useAgent();

/** Runs one statement in a file of the owner's agent. */
function execute(file: string, statement: string): void {
  const db = new DatabaseSync(join(agent.stateDir, "main", file));
  db.exec(statement);
  db.close();
}

/** Every row of every table of a file. */
function contentsOf(file: string): Readonly<Record<string, unknown>> {
  const db = new DatabaseSync(join(agent.stateDir, "main", file), { readOnly: true });
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
  const contents = names.map(({ name }) => [String(name), db.prepare(`SELECT * FROM ${String(name)}`).all()]);
  db.close();
  return Object.fromEntries(contents);
}

describe("the files of an agent", () => {
  it("are opened as the previous release left them, with every turn and fence in them", async () => {
    agent.model.on({}, { content: "An answer." });
    const asked = turn(agent.endpoints, "question", { fence: 5 });
    await run(agent.url, asked);
    // It did not number the files.
    for (const file of ["owner.sqlite", "shared.sqlite"]) execute(file, "PRAGMA user_version = 0");
    const { url } = await agent.startAgent();
    const late = await run(url, resume(asked, 4, 0));
    expect(late.of("error")[0]).toMatchObject({ code: "fence_lost", passedBy: 5 });
    const repeated = await run(url, resume(asked, 6, 0));
    expect(repeated.of("final")[0]).toMatchObject({ text: "An answer." });
  });

  it.each(["owner.sqlite", "shared.sqlite"])(
    "end a turn with a plain notice, and stay as they are, when a newer release wrote %s",
    async (file) => {
      agent.model.on({}, { content: "An answer." });
      await run(agent.url, turn(agent.endpoints, "question"));
      execute(file, "PRAGMA user_version = 1000");
      const { url } = await agent.startAgent();
      const before = readdirSync(join(agent.stateDir, "main")).filter((name) => name.endsWith(".sqlite"));
      const contents = before.map(contentsOf);
      for (const fence of [2, 3]) {
        const stream = await run(url, turn(agent.endpoints, "another", { turnId: "turn-0002", fence }));
        expect(stream.kinds()).toEqual(["error"]);
        expect(stream.of("error")[0]).toMatchObject({
          code: "storage_schema_newer",
          retry: "never",
          message: "What I know was written by a newer release of agent-claw, which has to be started again.",
        });
      }
      expect(before.map(contentsOf)).toEqual(contents);
    },
  );
});
