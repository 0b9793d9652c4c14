import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { bodyCheck, readSchema } from "../../emulators/discord/schema.ts";
import { called } from "./parse-reader.ts";
import { ALL_CALLS } from "./payloads-all.ts";
import { typing } from "./payloads-calls.ts";

const SCHEMA = resolve(import.meta.dirname, "../../../../shared/fixtures/schemas/discord-openapi.json");
const hasSchema = existsSync(SCHEMA);
if (!hasSchema) console.warn(`SKIPPED: the official schema is not there (${SCHEMA}); our own part of it is used`);
const check = hasSchema ? bodyCheck(readSchema(SCHEMA)) : bodyCheck();
const problemsOf = (body: unknown) =>
  check("POST", "/interactions/{interaction_id}/{interaction_token}/callback", body);

describe("what a call is answered with at once", () => {
  it.each(ALL_CALLS)("has the form that Discord's schema gives it: %s", (_name, json) => {
    const intake = called(json);
    switch (intake.kind) {
      case "reply":
      case "ignore":
        expect(problemsOf(intake.body)).toEqual([]);
        return;
      case "suggest":
        expect(problemsOf(intake.body([]))).toEqual([]);
        return;
      case "messages":
      case "happenings":
        expect(problemsOf(intake.answers?.taken)).toEqual([]);
        expect(problemsOf(intake.answers?.refused)).toEqual([]);
    }
  });

  it("has the form also with more choices than can be shown, and longer ones", () => {
    const intake = called(typing(""));
    const choices = Array.from({ length: 200 }, (_, n) => "x".repeat(n));
    expect(intake.kind === "suggest" && problemsOf(intake.body(choices))).toEqual([]);
  });

  it("would be refused without a type", () => {
    expect(problemsOf({ data: {} })).not.toEqual([]);
  });
});
