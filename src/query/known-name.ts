// The field of every record that a name was probably meant for: a slip, or what other products call it.
import { closest } from "./closest.ts";
import { coreField } from "./record-fields.ts";

const KNOWN = [
  "level",
  "message",
  "namespace",
  "pod",
  "container",
  "node",
  "cluster",
  "workload",
  "stream",
  "source",
  "timestamp",
];

/** Undefined where the name means a known field already, or is like none. */
export function knownNameFor(name: string): string | undefined {
  if (coreField(name) !== undefined) return undefined;
  // `kubernetes.pod.name`, `kubernetes.namespace_name`, `_time`, `Level`: as Elastic, Fluent Bit, VictoriaLogs have them.
  const bare = name
    .toLowerCase()
    .replace(/^(?:kubernetes|k8s|resource)[._]/, "")
    .replace(/^_/, "")
    .replace(/[._]name$/, "");
  const field = coreField(bare);
  if (field !== undefined) return field;
  // A short name is as often another word: `note` for `node`, `port` for `pod`.
  return closest(
    name,
    KNOWN.filter((known) => Math.min(name.length, known.length) >= 4 && known.length + name.length > 8),
  );
}
