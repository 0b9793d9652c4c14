/** Who may speak with an assistant: what several answers of its admin API say together. */
import * as v from "valibot";
import {
  type ConfigurationAnswer,
  configurationAnswer,
  pairingsAnswer,
  peopleAnswer,
  type PersonAnswer,
} from "./access-answers.ts";
import type { Address } from "./address.ts";
import { askAdmin } from "./admin-api.ts";

/** What there is to know; null: the assistant did not say it, or in its own way. */
export type AccessFacts = {
  readonly people: readonly PersonAnswer[] | null;
  /** How many have an open pairing code. */
  readonly waiting: number | null;
  readonly configuration: ConfigurationAnswer | null;
};

/** Where the answers are that `factsOf` takes, in its order. */
export const FACT_PATHS = ["/admin/api/people", "/admin/api/pairings", "/admin/api/config"] as const;

/** The answers to `FACT_PATHS`. Pure. */
export function factsOf([people, pairings, configuration]: readonly unknown[]): AccessFacts {
  const parsed = {
    people: v.safeParse(peopleAnswer, people),
    pairings: v.safeParse(pairingsAnswer, pairings),
    configuration: v.safeParse(configurationAnswer, configuration),
  };
  return {
    people: parsed.people.success ? parsed.people.output.people : null,
    waiting: parsed.pairings.success ? parsed.pairings.output.pairings.length : null,
    configuration: parsed.configuration.success ? parsed.configuration.output : null,
  };
}

/** Asks for all of it. Never throws. */
export async function readAccess(address: Address): Promise<AccessFacts> {
  const answers = await Promise.all(FACT_PATHS.map((path) => askAdmin(address, path)));
  return factsOf(answers.map((answer) => (answer.ok ? answer.value : null)));
}
