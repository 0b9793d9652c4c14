/** Runs before each file: one runtime runs many of them, and what those before have left is removed here. */
import { vi } from "vitest";
import { emptyObjects } from "./empty-objects.ts";

vi.useRealTimers();
vi.restoreAllMocks();
vi.resetConfig();
await emptyObjects();
