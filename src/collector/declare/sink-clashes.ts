// Sinks of several pipelines that write to one place must agree on how.
import { isDeepStrictEqual } from "node:util";
import type { PipelineConfig, SinkConfig } from "./agent-config.ts";

export function clashesOf(pipelines: readonly PipelineConfig[]): readonly string[] {
  const seen = new Map<string, { readonly sink: SinkConfig; readonly pipeline: string }>();
  const clashes: string[] = [];
  for (const { name, sinks } of pipelines) {
    for (const sink of sinks) {
      const place = placeOf(sink);
      if (place === undefined) continue;
      const other = seen.get(place);
      if (other === undefined) seen.set(place, { sink, pipeline: name });
      else if (!isDeepStrictEqual(other.sink, sink))
        clashes.push(`the pipelines ${other.pipeline} and ${name} write to ${place} with different settings`);
    }
  }
  return clashes;
}

function placeOf(sink: SinkConfig): string | undefined {
  switch (sink.type) {
    case "store":
      return `the store ${sink.directory}`;
    case "file":
      return `the file ${sink.path}`;
    case "stdout":
    case "null":
      return undefined;
  }
}
