/** Where two configuration documents differ, setting by setting. Pure. */
import type { ConfigDocument } from "../../protocol/agent-config.ts";
import { settingsOf } from "../../protocol/config-path.ts";
import type { ConfigDifference } from "../../protocol/configuration.ts";

/** In the order of their paths. */
export function differencesOf(before: ConfigDocument, after: ConfigDocument): readonly ConfigDifference[] {
  const [old, current] = [settingsOf(before), settingsOf(after)];
  const paths = [...new Set([...old.keys(), ...current.keys()])].toSorted();
  return paths.flatMap((path): readonly ConfigDifference[] => {
    const [was, is] = [old.get(path), current.get(path)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [{ path, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}
