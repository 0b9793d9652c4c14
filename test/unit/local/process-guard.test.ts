import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { endLeftover } from "../../../local/process-guard.ts";

const GUARD = new URL("../../../local/process-guard.ts", import.meta.url).href;
const IDLE = "setInterval(() => {}, 1000)";

/** A process id that exists can be asked for; one that is gone throws. A zombie is gone for our purposes. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("guardProcess", () => {
  it("ends the child of a parent that was killed", async () => {
    const parent = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      `import { spawn } from "node:child_process"; import { guardProcess } from ${JSON.stringify(GUARD)};
       const child = spawn("sleep", ["1000"], { stdio: "ignore" }); guardProcess(child.pid);
       console.log(child.pid); ${IDLE}`,
    ]);
    const [printed]: unknown[] = await once(parent.stdout, "data");
    const pid = Number(String(printed));
    expect(lives(pid)).toBe(true);
    parent.kill("SIGKILL");
    await vi.waitFor(() => {
      // Nobody may reap it in a container, so a zombie counts as ended.
      const state = lives(pid) && process.platform === "linux" ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
      expect(lives(pid) && !state.includes(") Z ")).toBe(false);
    });
  });
});

describe("endLeftover", () => {
  it("ends a process whose command line bears the mark", async () => {
    const child = spawn(process.execPath, ["-e", IDLE, "mark-4711"], { stdio: "ignore" });
    const ended = once(child, "exit");
    await once(child, "spawn");
    await endLeftover(child.pid ?? 0, "mark-4711");
    expect((await ended)[1]).toBe("SIGKILL");
  });

  it("leaves a process alone that only has the same id", async () => {
    const child = spawn(
      process.execPath,
      ["-e", 'process.on("message", () => process.send("alive"))', "somebody-else"],
      {
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      },
    );
    await once(child, "spawn");
    await endLeftover(child.pid ?? 0, "mark-4711");
    child.on("error", () => {}).send("?");
    const answer = once(child, "message").then(([message]: unknown[]) => message);
    expect(await Promise.race([answer, once(child, "exit").then(() => "killed")])).toBe("alive");
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("does nothing when there is no such process", async () => {
    await endLeftover(2 ** 22 + 1, "mark-4711");
  });
});
