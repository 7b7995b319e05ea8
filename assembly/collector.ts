// The collector's hot path: decode and encode a chunk at a time. Each export has a TypeScript twin under src/collector.
import "./reserve";
export { checksumRows } from "./checksum";
export { decode, skipping } from "./decode";
export { detectLevels } from "./row-levels";
export { arenaEnd, cutBytes, localTimes, malformedLines, rows } from "./rows";

export { encoded, encodeRows } from "./encode";
export { detectLevel } from "./level";
