// The collector's hot path: decode and encode a chunk at a time. Each export has a TypeScript twin under src/collector.
export function version(): i32 {
  return 1;
}
