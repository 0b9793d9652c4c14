/** Loaded into `npm start` before its own code: records what its servers are asked and answer. */
import { recordWire } from "./wire-recorder.ts";

const path = process.env["CANARY_WIRE_FILE"];
if (path !== undefined) recordWire(path);
