/** Waiting for something that cannot be stopped, but not for ever. */
import { StorageError } from "../../protocol/errors.ts";

/** What `work` comes to. Throws `StorageError` if it takes longer; it may still go on then. */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new StorageError("storage_unavailable", "no answer in time")), timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
