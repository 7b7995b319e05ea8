// A pipeline's sink, from its part of the configuration.
import type { AgentLog } from "../collector-api.ts";
import type { SinkConfig } from "../declare/agent-config.ts";
import type { Encoder } from "./encoder.ts";
import { FileSink, type FileSinkEdges } from "./file-sink.ts";
import { NullSink } from "./null-sink.ts";
import type { Sink } from "./sink.ts";
import { type OutputEnded, type StandardOutput, StdoutSink } from "./stdout-sink.ts";
import { StoreSink } from "./store-sink.ts";

export interface SinkEdges extends FileSinkEdges {
  readonly encoder: Encoder;
  readonly stdout: StandardOutput;
  /** Standard output takes nothing any more: the agent is to end. */
  readonly outputEnded: OutputEnded;
  readonly log: AgentLog;
}

export function createSink(config: SinkConfig, edges: SinkEdges): Sink {
  switch (config.type) {
    case "store":
      return new StoreSink(config, edges);
    case "file":
      return new FileSink(config, edges.encoder, edges);
    case "stdout":
      return new StdoutSink(edges.encoder, edges.stdout, edges.timer, edges.outputEnded);
    case "null":
      return new NullSink();
  }
}
