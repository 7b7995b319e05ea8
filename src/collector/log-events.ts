// What happens to logs, told to the agent's own log and counted by the pipeline that has them.
import type { CollectorEdges } from "./collector-api.ts";
import type { Pipeline } from "./pipeline.ts";
import type { ChainEvents } from "./reader/chain-events.ts";
import type { GenerationRecord } from "./reader/generation.ts";

/** `changed`: the status shows it. */
export function eventsOf(
  pipeline: Pipeline,
  { log, now }: Pick<CollectorEdges, "log" | "now">,
  changed: () => void,
): ChainEvents {
  return {
    delivered: (_, bytes) => pipeline.account.delivered(bytes),
    gap: ({ id, origin }, { generation, name, from, to, bytes, reason }) => {
      pipeline.account.addGap({ chain: id, path: origin.path, generation, from, to, bytes, reason, at: now() });
      if (reason === "unseen") log.error("files may have come and gone unread", { target: id, behind: name });
      else log.error("bytes were lost", { target: id, file: name, from, to, bytes, reason });
      changed();
    },
    rotation: () => {
      pipeline.rotations++;
      changed();
    },
    truncated: ({ id }, name) => {
      pipeline.truncations++;
      log.warn("a file was cut short by its writer", { target: id, file: name });
      changed();
    },
    inodeReuse: () => {
      pipeline.inodeReuses++;
      changed();
    },
    gzipContinuation: () => {
      pipeline.gzContinuations++;
      changed();
    },
    problem: ({ id }, { kind, path, message }) => {
      log.warn("a file cannot be read for now", { target: id, kind, file: path, reason: message });
      changed();
    },
    problemGone: ({ id }, { kind, path }) => {
      log.info("a file can be read again", { target: id, kind, file: path });
      changed();
    },
  };
}

/** A file of an earlier process that is gone, and that was not delivered to its end. */
export function tellUndelivered(
  { target, id, lastName, ackPos, size }: GenerationRecord,
  pipeline: Pipeline,
  { log, now }: Pick<CollectorEdges, "log" | "now">,
): void {
  const gap = { from: ackPos, to: size, bytes: size - ackPos, reason: "deleted" };
  pipeline.account.addGap({ chain: target, path: lastName, generation: id, ...gap, at: now() });
  pipeline.retire({ seen: gap.bytes, acked: 0, inFlight: 0, unread: 0, lost: gap.bytes });
  log.error("bytes were lost", { target, file: lastName, ...gap });
}
