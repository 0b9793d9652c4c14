/** Runs before each file: one process runs many of them, and what it remembers of servers that are gone is forgotten here. */
import { vi } from "vitest";
import { forgetKnown } from "../../agent-container/src/workspace/blob-store.ts";

vi.useRealTimers();
vi.restoreAllMocks();
vi.resetConfig();
forgetKnown("");
