/**
 * Settings of V8 that must be made before anything else runs; imported first, for its effect. They are not command-line
 * flags because those would make Node compile its own modules anew at every start.
 */
import { setFlagsFromString } from "node:v8";

// `fetch` parses HTTP in WebAssembly. Optimising that code took a third of a fresh process's first turn and 13 MB, for
// a parser that waits for a model nearly all the time.
setFlagsFromString("--wasm-tiering-budget=1000000000");
