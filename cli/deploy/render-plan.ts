/** A plan in plain text: what is in AWS, what is at Cloudflare, who is called, what it costs to have. Pure. */
import { table } from "../table.ts";
import { assertNever } from "../../protocol/assert.ts";
import type { Plan, PlannedVariable } from "./plan.ts";
import type { ResourceChange } from "./template.ts";

/** One secret, price list of AWS Secrets Manager; all else is paid by use. */
const STANDING_COST =
  "Standing cost: $0.40 a month (one secret). All else is paid by use: nothing runs while nobody writes.";

export function renderPlan(plan: Plan): readonly string[] {
  return [
    ...(plan.mode === "deploy" ? renderDeployment(plan) : [`${TITLES[plan.mode]}: ${plan.name}, ${plan.release}`, ""]),
    ...section(
      "Steps",
      plan.steps.map(({ title }, index) => `${String(index + 1).padStart(2)}. ${title}`),
    ),
    ...(plan.mode === "deploy" ? [STANDING_COST] : []),
    ...plan.notes.map((note) => `Note: ${note}`),
  ];
}

const TITLES = {
  rotate: "Plan for a new relay key",
  secrets: "Plan for setting the secrets again",
  rollback: "Plan for going back",
} as const;

function renderDeployment(plan: Plan): readonly string[] {
  const { worker } = plan;
  const isAsked = plan.awsAccountId !== null;
  return [
    `Plan for ${plan.name}, release ${plan.release}`,
    ...(isAsked ? [] : ["(No account was asked: this is what a first deployment makes.)"]),
    "",
    ...section(`AWS, ${plan.region}${isAsked ? `, account ${plan.awsAccountId}` : ""}: stack ${plan.name}`, [
      ...table(plan.resources.map(({ change, type, logicalId }) => [sign(change), type, logicalId])),
      ...(isAsked ? [countsText(plan)] : []),
    ]),
    ...section("Secret in AWS Secrets Manager (values are not shown)", orNone(plan.accountSecrets)),
    ...section(
      `Cloudflare${isAsked ? `, account ${plan.cloudflareAccountId}` : ""}: Worker ${plan.name} at ${plan.url ?? `https://${plan.name}.<your subdomain>.workers.dev`}`,
      [
        ...worker.durableObjects.map((name) => `Durable Object  ${name}`),
        ...worker.crons.map((cron) => `Cron Trigger    ${cron}`),
        "Variables",
        ...table(worker.variables.map(({ change, name, value }) => [variableSign(change), name, value])).map(indent),
        "Secrets (values are not shown)",
        ...worker.secrets.map(indent),
        ...worker.removedSecrets.map((name) => indent(`- ${name}`)),
      ],
    ),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [title, ...lines.map(indent), ""];
}

function indent(line: string): string {
  return `  ${line}`;
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ["none"] : lines;
}

function sign(change: ResourceChange | null): string {
  switch (change) {
    case null:
    case "create":
      return "+";
    case "change":
      return "~";
    case "remove":
      return "-";
    case "same":
      return "=";
    default:
      return assertNever(change);
  }
}

function variableSign(change: PlannedVariable["change"]): string {
  switch (change) {
    case "add":
      return "+";
    case "change":
      return "~";
    case "same":
      return "=";
    case null:
      return "";
    default:
      return assertNever(change);
  }
}

function countsText({ resources }: Plan): string {
  const count = (wanted: ResourceChange) => resources.filter(({ change }) => change === wanted).length;
  return `${count("create")} to create, ${count("change")} to change, ${count("remove")} to remove, ${count("same")} as they are`;
}
