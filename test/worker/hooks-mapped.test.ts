import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { HEARTBEAT_BOUNDS, HOOK_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { api, directory, OWNER_DM, set } from "./directory-world.ts";
import { hook, NOTHING, plans, runs, scheduler, written } from "./hooks-world.ts";

afterEach(reset);

const MAIL = {
  source: "gmail",
  messages: [{ id: "1", from: "Ada", subject: "Tea?", snippet: "At four", body: "At four." }],
};

describe("a hook of the configuration", () => {
  it("shows the assistant what its template makes of the body, as something that it need not believe", async () => {
    await set({ "hooks.mappings.mail": { message: "New mail from {{messages[0].from}}: {{messages[0].subject}}" } });
    const taken = await hook("mail", MAIL);
    expect(taken).toMatchObject({ status: 200, body: { ok: true, runId: expect.any(String) } });
    expect(await runs()).toMatchObject([{ jobId: "hook-mail", kind: "hook", status: null }]);
    expect(await plans()).toMatchObject([{ name: "mail", work: { untrusted: "New mail from Ada: Tea?" } }]);
  });

  it("says in the owner's words what is to be done, and where the answer goes", async () => {
    const conversation = formatConversationKey({ kind: "main", agent: "main" });
    await directory().report({ session: OWNER_DM, conversation, deadLetters: [] });
    const mapping = {
      prompt: "Sum it up.",
      to: "telegram:7",
      model: "bedrock/quick",
      thinking: "low",
      timeoutSeconds: 60,
    };
    await set({ "hooks.mappings.mail": mapping });
    expect((await hook("mail", { a: 1 })).status).toBe(200);
    expect(await plans()).toEqual([
      {
        name: "mail",
        delivery: { mode: "announce", to: OWNER_DM },
        work: {
          kind: "ask",
          text: "Something came in through the hook `mail`. Sum it up.",
          untrusted: '{"a":1}',
          model: "bedrock/quick",
          thinking: "low",
          timeoutMs: 60_000,
        },
      },
    ]);
  });

  it("is believed only if its mapping says so", async () => {
    await set({ "hooks.mappings.mine": { message: "{{do}}", allowUnsafeExternalContent: true, deliver: false } });
    await hook("mine", { do: "Water the plants." });
    const [plan] = await plans();
    expect(plan).toMatchObject({
      delivery: { mode: "none" },
      work: { text: expect.stringContaining("Water the plants.") },
    });
    expect(plan).not.toHaveProperty("work.untrusted");
  });

  it("makes a run of each item of a list, all or none, and knows the items of one request by its key", async () => {
    await set({ "hooks.mappings.mail": { preset: "gmail" } });
    const messages = ["One", "Two", "Three"].map((subject) => ({ from: "Ada", subject, snippet: "s", body: "b" }));
    const headers = { "idempotency-key": "push-1" };
    const taken = await hook("mail", { messages }, { headers });
    expect(taken.body["runIds"]).toHaveLength(3);
    expect((await hook("mail", { messages }, { headers })).body).toEqual(taken.body);
    expect(await plans()).toMatchObject(
      ["One", "Two", "Three"].map((subject) => ({ work: { untrusted: `From: Ada\nSubject: ${subject}\n\ns\n\nb` } })),
    );
  });

  it("works on an item that came before no second time, if its mapping says what tells items apart", async () => {
    await set({ "hooks.mappings.mail": { preset: "gmail" }, "hooks.mappings.other": { preset: "gmail" } });
    const mail = (...ids: readonly string[]) => ({ messages: ids.map((id) => ({ id, from: "Ada", subject: id })) });
    const first = await hook("mail", mail("a", "b"));
    const [a, b] = first.body["runIds"] as string[];
    const second = await hook("mail", mail("b", "c"));
    expect(second.body["runIds"]).toEqual([b, expect.not.stringMatching(new RegExp(`${a}|${b}`))]);
    expect(await written()).toMatchObject({ runs: 3 });
    await hook("other", mail("a"));
    await hook("mail", { messages: [{ from: "no id" }, { from: "no id" }] });
    expect(await written()).toMatchObject({ runs: 6 });
  });

  it("takes a list with nothing in it, or none, and does nothing", async () => {
    await set({ "hooks.mappings.mail": { preset: "gmail" } });
    for (const body of [{ messages: [] }, {}, { messages: null }]) {
      expect(await hook("mail", body)).toMatchObject({ status: 200, body: { ok: true, runIds: [] } });
    }
    expect(await written()).toEqual(NOTHING);
  });

  it("refuses what is no list, and a list that is too long", async () => {
    await set({ "hooks.mappings.mail": { preset: "gmail" } });
    const messages = Array.from({ length: HOOK_BOUNDS.itemsMax + 1 }, () => 1);
    expect(await hook("mail", { messages })).toMatchObject({ status: 400 });
    expect(await hook("mail", { messages: { 0: "x" } })).toMatchObject({ status: 400 });
    expect(await written()).toEqual(NOTHING);
    expect((await hook("mail", { messages: messages.slice(1) })).body["runIds"]).toHaveLength(HOOK_BOUNDS.itemsMax);
  });

  it("wakes the heartbeat with each item", async () => {
    const mapping = { action: "wake", mode: "next-heartbeat", forEach: "list", message: "{{item.t}} of {{source}}" };
    await set({ "hooks.mappings.door": mapping });
    const taken = await hook("door", { source: "hall", list: [{ t: "bell" }, { t: "knock" }] });
    expect(taken).toMatchObject({ status: 200, body: { ok: true, mode: "next-heartbeat" } });
    const events = await runInDurableObject(scheduler(), (_object, { storage }) =>
      storage.sql.exec("SELECT text, is_trusted FROM events ORDER BY seq").toArray(),
    );
    expect(events).toEqual([
      { text: "bell of hall", is_trusted: 0 },
      { text: "knock of hall", is_trusted: 0 },
    ]);
  });

  it("tells the heartbeat of an item that came before no second time, also of one with a long id", async () => {
    const mapping = { action: "wake", mode: "next-heartbeat", forEach: "list", id: "{{item}}", message: "{{item}}" };
    await set({ "hooks.mappings.door": mapping });
    const long = "x".repeat(HOOK_BOUNDS.keyMax);
    for (const list of [["a", "a", `${long}1`], ["a", `${long}2`], [`${long}1`]]) {
      expect((await hook("door", { list })).status).toBe(200);
    }
    expect(await written()).toMatchObject({ events: 3 });
  });

  it("takes no more events than may wait, and forgets none for them", async () => {
    const mapping = { action: "wake", mode: "next-heartbeat", forEach: "list" };
    await set({ "hooks.mappings.door": mapping });
    const list = (length: number) => ({ list: Array.from({ length }, (_, at) => at) });
    expect(await hook("door", list(HEARTBEAT_BOUNDS.eventsMax + 1))).toMatchObject({ status: 400 });
    expect(await hook("door", list(HEARTBEAT_BOUNDS.eventsMax - 1))).toMatchObject({ status: 200 });
    const busy = await hook("door", list(2), { headers: { "idempotency-key": "again" } });
    expect(busy).toMatchObject({ status: 503, body: { error: "busy" } });
    expect(busy.headers.get("retry-after")).toBe("30");
    expect(await written()).toEqual({ runs: 0, events: HEARTBEAT_BOUNDS.eventsMax - 1, keys: 0 });
    expect(await hook("door", list(1))).toMatchObject({ status: 200 });
    expect((await hook("wake", { text: "x" })).status).toBe(503);
  });

  it("answers 400 when its chat is not known, and 404 when it was taken out", async () => {
    await set({ "hooks.mappings.mail": { to: "telegram:999" } });
    expect(await hook("mail", MAIL)).toMatchObject({ status: 400, body: { error: "unknown_chat" } });
    await directory().changeConfiguration({ kind: "set", by: "admin", values: {}, unset: ["hooks.mappings.mail"] });
    expect(await hook("mail", MAIL)).toMatchObject({ status: 404, body: { error: "unknown_hook" } });
    expect(await written()).toEqual(NOTHING);
  });
});

it.each([
  [{ "hooks.mappings.wake": { deliver: true } }, "hooks.mappings.wake", "is a hook that is there already"],
  [{ "hooks.mappings.My_Hook": { deliver: true } }, "hooks.mappings.My_Hook", "must be up to 32 of a-z"],
  [{ "hooks.mappings.a.message": "{{x()}}" }, "hooks.mappings.a.message", "no path"],
  [{ "hooks.mappings.a.message": "{{x" }, "hooks.mappings.a.message", "never closed"],
  [{ "hooks.mappings.a.forEach": "a b" }, "hooks.mappings.a.forEach", "must be a path"],
  [{ "hooks.mappings.a.to": "me" }, "hooks.mappings.a.to", "must be owner, or a chat"],
  [{ "hooks.mappings.a.model": "gpt" }, "hooks.mappings.a.model", "must be provider/model"],
  [{ "hooks.mappings.a.model": "openai/gpt" }, "hooks.mappings.a.model", "needs OPENAI_API_KEY"],
  [{ "hooks.mappings.a.preset": "imap" }, "hooks.mappings.a.preset", "must be one of gmail"],
  [{ "hooks.mappings.a.timeoutSeconds": 99_999 }, "hooks.mappings.a.timeoutSeconds", "must be 10800 at most"],
  [{ "hooks.mappings.a.transform": "x.js" }, "hooks.mappings.a.transform", "is no setting"],
  [{ "hooks.token": "x" }, "hooks.token", "is no setting; there are mappings"],
])("the configuration refuses %j", async (values, path, problem) => {
  const refused = await api("PATCH", "/config", { values });
  expect(refused).toMatchObject({
    status: 422,
    body: { problems: [{ path, problem: expect.stringContaining(problem) }] },
  });
});
