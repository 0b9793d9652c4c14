/** The failure of a turn that was overtaken: it knows by which fence, so that the edge can come back above it. */
import { StorageError } from "../../../protocol/errors.ts";
import type { Fence } from "../../../protocol/ids.ts";

/** `storage_fence_lost`: a later fence than the turn's own is stored. */
export class FenceLostError extends StorageError {
  readonly passedBy: Fence;

  constructor(fence: Fence, passedBy: Fence) {
    super("storage_fence_lost", `fence ${String(fence)} was passed by ${String(passedBy)}`);
    this.passedBy = passedBy;
  }
}
