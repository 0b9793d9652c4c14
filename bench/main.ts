/** `npm run bench`: measures and prints one table. Exit codes: 0 measured, 1 a row broke, 2 wrong usage. */
import { availableParallelism, cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { Command } from "commander";
import { ack } from "./ack.ts";
import { agentProcess } from "./agent-process.ts";
import { answer } from "./answer.ts";
import { busyAck } from "./busy-ack.ts";
import { discordAck } from "./discord-ack.ts";
import { firstToken } from "./first-token.ts";
import { newChats } from "./new-chats.ts";
import { formatJson, formatTable, type Machine, type RowResult } from "./report.ts";
import type { Row, RunContext } from "./row.ts";
import { turnOverhead } from "./turn-overhead.ts";
import { workerdVersion } from "./workerd-version.ts";

const ROWS: readonly Row[] = [ack, busyAck, discordAck, firstToken, answer, newChats, turnOverhead, agentProcess];
const names = ROWS.map(({ name }) => name);

const program = new Command("bench")
  .description("Measures agent-claw on this machine; docs/benchmarks.md explains every row.")
  .argument("[rows...]", `which rows: ${names.join(", ")} (default: all)`)
  .option("--json", "print the figures as JSON")
  .addHelpText("after", `\nRows:\n${ROWS.map(({ name, title }) => `  ${name.padEnd(12)} ${title}`).join("\n")}`)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (chosen: readonly string[], options: { readonly json?: true }) => {
    const unknown = chosen.find((name) => !names.includes(name));
    if (unknown !== undefined) program.error(`error: no row is called ${unknown}; there are ${names.join(", ")}`);
    const rows = ROWS.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
    await measure(rows, options.json === true);
  });

// Guards end our children when we are gone.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

await program.parseAsync();

async function measure(rows: readonly Row[], asJson: boolean): Promise<void> {
  const context: RunContext = {
    root: resolve(import.meta.dirname, ".."),
    progress: (line) => console.error(line),
  };
  const [loadBefore = 0] = loadavg();
  const results: RowResult[] = [];
  for (const row of rows) {
    try {
      const measurements = await row.run(context);
      results.push(...measurements.map((measurement) => ({ row: row.name, measurement })));
    } catch (error) {
      console.error(`${row.name} broke:`, error);
      process.exitCode = 1;
    }
  }
  console.log(asJson ? formatJson(results, machine(loadBefore)) : formatTable(results, machine(loadBefore)));
}

function machine(loadBefore: number): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    node: process.versions.node,
    workerd: workerdVersion(),
    platform: `${process.platform} ${process.arch}`,
    loadBefore,
  };
}
