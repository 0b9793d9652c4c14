import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { textsFor } from "../../protocol/texts/language.ts";
import { answersTo, ask, breakWrites, letIn, rows, said, says, sessionOf } from "./command-chats.ts";
import { ADA, happening, mention } from "./group-inbound.ts";

const texts = textsFor("en");
const scheduler = () => env.JOB_SCHEDULER.getByName("main");
const jobs = async () => await scheduler().listJobs({ includeDisabled: true });
const ids = async () => (await jobs()).map(({ id }) => id);

let warnings: string[];

beforeEach(() => {
  warnings = [];
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(console, "warn").mockImplementation((line) => void warnings.push(String(line)));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("/cron", () => {
  it("plans a text that is said word for word where it was asked for, at a time of the owner's zone", async () => {
    await ask(says("/config set timezone Asia/Tokyo"));
    expect(await said(says("/cron"))).toBe(texts.jobs.list.none);
    expect(await said(says("/cron add daily 08:00 Water the plants"))).toMatch(
      /^⏰ `Water the plants` is planned: daily at 08:00 \(Asia\/Tokyo\)\. First .* 8:00 AM \(in .*\)\. I will say it here/u,
    );
    expect(await jobs()).toMatchObject([
      {
        id: "water-the-plants",
        schedule: { kind: "cron", expr: "0 8 * * *", tz: "Asia/Tokyo" },
        payload: { kind: "reminder", text: "Water the plants" },
        delivery: { mode: "announce", to: says("").session },
        enabled: true,
      },
    ]);
    expect(await said(says("/cron"))).toMatch(
      /Jobs \(times of Asia\/Tokyo\):\n\n- 1: `Water the plants` \(`water-the-plants`\), daily at 08:00 \(Asia\/Tokyo\); next /u,
    );
  });

  it.each([
    ["in 20m Stretch your legs", { kind: "at" }, { kind: "reminder" }, /once, .*, in 20 minutes\./u],
    [
      "every 30m ask: Is the site up?",
      { kind: "every", everyMs: 1_800_000 },
      { kind: "agentTurn" },
      /every 30 minutes/u,
    ],
    ["weekdays 9:00 --event Stand-up", { kind: "cron", expr: "0 9 * * 1-5" }, { kind: "systemEvent" }, /on weekdays/u],
    ['cron "5 7 1 * *" Pay the rent', { kind: "cron", expr: "5 7 1 * *" }, { kind: "reminder" }, /on day 1 of each/u],
  ])("understands %s", async (typed, schedule, payload, words) => {
    expect(await said(says(`/cron add ${typed}`))).toMatch(words);
    expect(await jobs()).toMatchObject([{ schedule, payload }]);
  });

  it.each([
    ["/cron add daily Water", /time of the day/u],
    ["/cron add in Tea", /a number and a unit/u],
    ["/cron add at 2020-01-01 09:00 Too late", /is over/u],
    ["/cron add at 2026-02-30 09:00 Never", /no such day/u],
    ["/cron add every 5s Too often", /at least a minute apart/u],
    ["/cron add weekdays 9:00", /Say what is to happen/u],
    ["/cron add cron nonsense", /five fields/u],
    ['/cron add cron "99 7 * * *" Never', /not a time that I can plan for/u],
    ["/cron rm", /Say which one/u],
  ])("says in one sentence with an example what is wrong with %s, and changes nothing", async (command, words) => {
    const text = await said(says(command));
    expect(text).toMatch(words);
    expect(text).toContain("`/cron ");
    expect(await jobs()).toEqual([]);
  });

  it("shows a job with buttons, and switches it off, on, runs and removes it by them", async () => {
    await ask(says("/cron add daily 08:00 Buttons"));
    const asked = says("/cron show buttons");
    const { text, buttons } = await ask(asked);
    expect(text).toMatch(
      /`Buttons` \(`buttons`\), on[\s\S]*When: daily[\s\S]*I say: `Buttons`[\s\S]*Goes to: this chat/u,
    );
    const press = async (label: string, pressId: string, from = buttons) => {
      const message = { ...says(""), session: asked.session };
      const buttonId = from.find((button) => button.label.includes(label))?.id ?? "";
      await sessionOf(asked).hear(
        happening<"pressed">(asked, `press-${pressId}`, { kind: "pressed", pressId, buttonId, message }),
      );
      return (await answersTo(message))[0]?.text;
    };
    expect(await press("Switch off", "1")).toMatch(/`Buttons` is switched off/u);
    expect(await jobs()).toMatchObject([{ enabled: false, state: { nextRunAt: null } }]);
    expect(await said(says("/cron on 1"))).toMatch(/`Buttons` is on: .* 8:00 AM/u);
    const again = (await ask(says("/cron show 1"))).buttons;
    expect(await press("Run now", "2", again)).toMatch(/`Buttons` runs now/u);
    const last = (await ask(says("/cron show 1"))).buttons;
    expect(await press("Remove", "3", last)).toMatch(/`Buttons` is removed/u);
    expect(await jobs()).toEqual([]);
  });

  it("does not switch on a job whose time is over, and offers no button for it", async () => {
    const at = Date.now() + 1_500;
    await scheduler().addJob(
      {
        name: "over",
        schedule: { kind: "at", at: new Date(at).toISOString() },
        payload: { kind: "reminder", text: "over" },
        deleteAfterRun: false,
      },
      { session: says("").session },
    );
    await ask(says("/cron off over"));
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(at), { timeout: 5_000 });
    expect(await said(says("/cron on over"))).toBe(texts.jobs.isOver("`over`"));
    const { text, buttons } = await ask(says("/cron show over"));
    expect(text).toMatch(/^⏰ `over`, switched off/u);
    expect(buttons.map(({ label }) => label)).toEqual([texts.jobs.show.runNow, texts.jobs.show.remove]);
  });

  it("asks which of two jobs of one name is meant", async () => {
    await ask(says("/cron add daily 08:00 Call Ada"));
    await ask(says("/cron add daily 09:00 Call Ada"));
    const text = await said(says("/cron rm call ada"));
    for (const id of await ids()) expect(text).toContain(`\`${id}\``);
    expect(await said(says("/cron rm call-ada-2"))).toMatch(/is removed/u);
    expect(await ids()).toEqual(["call-ada"]);
  });

  it("tells what became of the runs, of one job and of all", async () => {
    expect(await said(says("/cron runs"))).toMatch(/Nothing has run yet/u);
    await ask(says("/cron add daily 08:00 Look back"));
    await ask(says("/cron run look-back"));
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(scheduler());
      const [run] = await scheduler().listRuns({ limit: 1 });
      expect(run).toMatchObject({ status: "ok" });
    });
    await runInDurableObject(scheduler(), (_object, { storage }) => {
      storage.sql.exec(
        `INSERT INTO runs (run, job, kind, slot, phase, attempt, plan, conversation, delivery)
         SELECT 'heartbeat:1', 'heartbeat', 'heartbeat', 1, 'ended', 1, plan, conversation, delivery FROM runs`,
      );
    });
    expect(await said(says("/cron runs"))).not.toContain("heartbeat");
    expect(await said(says("/cron runs"))).toMatch(/Last runs, the newest first:\n\n- .* `look-back`: done, /u);
    expect(await said(says("/cron runs look-back"))).toMatch(/Last runs of `Look back`[\s\S]*: done, /u);
    expect(await said(says("/cron runs nothing"))).toMatch(/no job `nothing`/u);
  });

  it("takes a number for the job that stood there in the list that was shown last", async () => {
    await ask(says("/cron add daily 08:00 Second of them"));
    await ask(says("/cron add daily 09:00 Third of them"));
    await ask(says("/cron add in 3m First of them"));
    await ask(says("/cron list"));
    await scheduler().removeJob("first-of-them");
    expect(await said(says("/cron rm 3"))).toMatch(/removed/u);
    expect(await said(says("/cron rm 1"))).toMatch(/no job `1`/u);
    expect(await said(says("/cron rm 9"))).toMatch(/no job `9`/u);
    expect(await jobs()).toHaveLength(1);
  });

  it("is the owner's, in direct chats, also by its other names", async () => {
    await letIn("8");
    for (const name of ["cron", "jobs", "reminders"]) {
      expect(await said(says(`/${name} add in 5m Mine now`, "8"))).toBe(texts.commands.ownerOnly);
    }
    const command = { name: "cron", rest: "add in 5m Everybody" };
    expect(await said(mention(9_101, "/cron add in 5m Everybody", { sender: ADA, command }))).toMatch(
      /direct chat only/u,
    );
    expect(await said(says("/reminders add in 5m Take a break"))).toMatch(/is planned/u);
    expect(await ids()).toEqual(["take-a-break"]);
  });

  it("is summed up in the owner's /status, and in nobody else's", async () => {
    await letIn("8");
    await ask(says("/cron add daily 08:00 In the card"));
    expect(await said(says("/status"))).toMatch(/⏰ Jobs: 1, next in /u);
    expect(await said(says("/status", "8"))).not.toContain("⏰");
    const command = { name: "status", rest: "" };
    expect(await said(mention(9_102, "/status", { sender: ADA, command }))).not.toContain("⏰");
  });

  it("speaks German to whose app does", async () => {
    expect(await said(says("/cron add täglich 8:00 Blumen gießen", "7", "de"))).toMatch(
      /ist geplant: täglich um 08:00/u,
    );
    expect(await said(says("/cron", "7", "de"))).toMatch(/Aufträge .*\n\n- 1: `Blumen gießen`/u);
    expect(await said(says("/cron rm 1", "7", "de"))).toMatch(/ist entfernt/u);
  });
});

describe("a /cron whose session dies when the scheduler has done its part", () => {
  /** Gives the command while the session cannot store its answer; then all is well again, and the alarm comes. */
  async function askTwice(text: string): Promise<string> {
    const message = says(text);
    await ask(says("/whoami")); // so that there is a database
    // Only answers: what a job says goes its own way.
    const heal = await breakWrites(sessionOf(message), "outbox WHEN NEW.inbound_ids <> '[]'");
    await sessionOf(message).accept(message);
    await vi.waitFor(() => expect(warnings.join()).toContain('"step":"command_failed"'));
    expect(await rows(sessionOf(message), "SELECT state FROM inbox WHERE inbound_id = ?", message.id)).toEqual([
      { state: "accepted" },
    ]);
    await heal();
    await runDurableObjectAlarm(sessionOf(message));
    const answers = await answersTo(message);
    expect(answers).toHaveLength(1);
    return answers[0]?.text ?? "";
  }

  it("has made one job, which counts from the first try", async () => {
    expect(await askTwice("/cron add in 20m Once only")).toMatch(/is planned/u);
    expect(await ids()).toEqual(["once-only"]);
  });

  it("has removed the job that was meant, and no other that has its number since", async () => {
    await ask(says("/cron add daily 08:00 Goes away"));
    await ask(says("/cron add daily 09:00 Stays here"));
    const { id } = (await jobs())[0] ?? { id: "" };
    expect(await askTwice("/cron rm 1")).toMatch(/is removed/u);
    expect(await ids()).toEqual(["goes-away", "stays-here"].filter((each) => each !== id));
  });

  it("has run the job once", async () => {
    await ask(says("/cron add daily 08:00 Run it once"));
    expect(await askTwice("/cron run run-it-once")).toMatch(/runs now/u);
    expect(await scheduler().listRuns({ jobId: "run-it-once", limit: 10 })).toHaveLength(1);
  });
});
