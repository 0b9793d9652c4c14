/** Whose Gateway this is. An object that an alarm wakes is not always told its name, so it is written down. */
import { StorageError } from "../../protocol/errors.ts";

/** The id of the application: the name of the object. */
export function applicationOf({ id, storage: { sql } }: DurableObjectState): string {
  const [known] = sql.exec<{ application_id: string }>("SELECT application_id FROM identity").toArray();
  if (known) return known.application_id;
  if (id.name === undefined) throw new StorageError("storage_unavailable", "the object does not know its name");
  sql.exec("INSERT INTO identity (application_id) VALUES (?)", id.name);
  return id.name;
}
