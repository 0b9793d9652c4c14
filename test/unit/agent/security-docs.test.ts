import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  CLASS_OF_TOOL,
  COMPANIES,
  permissionOfClass,
  POLICY,
  STEERING_FILES,
  TAINT_FACTS,
  TAINTS,
  TOOL_CLASSES,
  type ToolClass,
} from "../../../protocol/policy.ts";

const text = readFileSync(new URL("../../../docs/security.md", import.meta.url), "utf8");

/** The rows of a table between two marks, without the padding that the formatter adds. */
function rowsOf(name: string): readonly string[] {
  const table = new RegExp(`<!-- ${name}: begin -->([^]*)<!-- ${name}: end -->`).exec(text)?.[1] ?? "";
  const lines = table.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => cells(line).join(" | "));
}

function cells(line: string): readonly string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

const toolsOf = (toolClass: ToolClass) =>
  Object.keys(CLASS_OF_TOOL)
    .filter((tool) => CLASS_OF_TOOL[tool] === toolClass)
    .map((tool) => `\`${tool}\``)
    .join(", ");

describe("docs/security.md", () => {
  it("shows the policy as it is", () => {
    const rows = TOOL_CLASSES.map((toolClass) => {
      const company = COMPANIES.find((name) => POLICY[toolClass][name] === "allow") ?? "owner";
      const tainted = permissionOfClass(toolClass, company, TAINTS) === "ask" ? "need a yes" : "";
      return [POLICY[toolClass].does, toolsOf(toolClass), ...COMPANIES.map((name) => POLICY[toolClass][name]), tainted];
    });
    expect(rowsOf("policy")).toEqual(rows.map((row) => row.join(" | ")));
  });

  it("names what brings text of others into a turn, and where it is always there", () => {
    const rows = TAINTS.map((taint) => [
      TAINT_FACTS[taint].what,
      TAINT_FACTS[taint].always.map((name) => `a ${name}`).join(", "),
    ]);
    expect(rowsOf("taints")).toEqual(rows.map((row) => row.join(" | ")));
  });

  it("lists the files that steer the agent", () => {
    const listed = [...text.matchAll(/`([A-Z]+\.md|skills\/)`/g)].flatMap(([, name = ""]) => name);
    expect(listed.length).toBeGreaterThan(0);
    for (const name of listed) expect(STEERING_FILES.test(name.replace(/\/$/, "/a.md"))).toBe(true);
    const names = STEERING_FILES.source.match(/[A-Z]{2,}/g) ?? [];
    expect(names.filter((name) => !listed.includes(`${name}.md`))).toEqual([]);
  });
});
