import { describe, expect, it } from "vitest";
import { listPeople } from "../../../durable-objects/agent-directory/people-list.ts";
import { standing } from "./world.ts";

describe("listPeople", () => {
  it("names everybody once, the owner first, with all their channels and why each is let in", () => {
    const now = standing(
      { access: { allowFrom: ["telegram:7", "slack:U1", "discord:21"] } },
      {
        people: { "telegram-20": { name: "Bo" }, "telegram-30": { name: "Cy" }, "telegram-7": { name: "Ada" } },
        peers: {
          "telegram:20": { personId: "telegram-20", how: "paired" },
          "whatsapp:49": { personId: "telegram-20", how: "linked" },
          "discord:8": { personId: "telegram-7", how: "linked" },
          "discord:21": { personId: "telegram-20", how: "linked" },
        },
      },
    );
    expect(listPeople(now)).toEqual([
      {
        personId: "telegram-7",
        name: "Ada",
        role: "owner",
        peers: [
          { peer: "telegram:7", how: "listed", at: null },
          { peer: "discord:8", how: "linked", at: 1 },
        ],
      },
      {
        personId: "slack-U1",
        name: "slack:U1",
        role: "person",
        peers: [{ peer: "slack:U1", how: "listed", at: null }],
      },
      {
        personId: "telegram-20",
        name: "Bo",
        role: "person",
        peers: [
          { peer: "discord:21", how: "listed", at: null },
          { peer: "telegram:20", how: "paired", at: 1 },
          { peer: "whatsapp:49", how: "linked", at: 1 },
        ],
      },
      { personId: "telegram-30", name: "Cy", role: "person", peers: [] },
    ]);
  });

  it("is empty when nobody is known", () => expect(listPeople(standing({}))).toEqual([]));
});
