/** The stand-in in a process of its own, to be killed: prints the ids of its two spare agents. */
import { setTimeout as sleep } from "node:timers/promises";
import { startStand } from "./local-aws.ts";

const { aws } = await startStand({ stateDir: process.argv[2] ?? "", spares: 2 });
await aws.ready;
while (aws.processes().length < 2) await sleep(10);
console.log(JSON.stringify(aws.processes().map(({ pid }) => pid)));
