/** The policy table: what the directory said last, for the time in which it cannot be asked. */
import type { SessionPolicy } from "../../protocol/access.ts";
import type { PolicyShelf } from "./policies.ts";

/** The table as a shelf. */
export function policyRow(sql: SqlStorage): PolicyShelf {
  return {
    read() {
      const [row] = sql.exec<{ body: string }>("SELECT body FROM policy").toArray();
      if (!row) return null;
      const policy: SessionPolicy = JSON.parse(row.body); // only `write` writes it
      return policy;
    },
    write(policy) {
      sql.exec("INSERT OR REPLACE INTO policy (id, body) VALUES (1, ?)", JSON.stringify(policy));
    },
  };
}
