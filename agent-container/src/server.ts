/** Entry of the container. */
import "./v8-flags.ts";
import { flushCompileCache } from "node:module";
import { main } from "./main.ts";

await main();
// With NODE_COMPILE_CACHE set, the next process starts faster; written out now because a killed process never exits.
flushCompileCache();
