// `jsonl`: klog's own codec, one record a line, as the agent writes it and every klog reads it back.
import { type ParsedFields, parseFields } from "../record/fields.ts";
import type { LogLine, Origin } from "../record/log-line.ts";
import { toRfc3339Nano } from "../record/timestamp.ts";
import { lineLevel, lineSources, withAttributes } from "./line-facts.ts";
import type { LineFormat } from "./line-format.ts";
import { cutOf, type Messages } from "./messages.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { escapeJsonForTerminal } from "./sanitize.ts";

export class RecordFormat implements LineFormat {
  private readonly messages: Messages;
  private readonly isTerminal: boolean;
  private readonly tails = new WeakMap<Origin, string>();

  constructor(options: { readonly messages: Messages; readonly isTerminal: boolean }) {
    this.messages = options.messages;
    this.isTerminal = options.isTerminal;
  }

  line(line: LogLine, out: OutputBuffer): void {
    const time = line.sec < 0 ? "" : `"@timestamp":"${toRfc3339Nano(line)}",`;
    const level = lineLevel(line);
    const text = this.messages.text(line);
    const message = line.rest === undefined ? text : this.messages.joined(line);
    const parsed = line.rest === undefined ? parseFields(text) : undefined;
    const attrs = attributesJson(line, text, parsed);
    const cut = cutOf(line);
    const json = `{${time}"message":${JSON.stringify(message)}${level === undefined ? "" : `,"level":"${level}"`}${this.tail(line.origin)}${detailsJson(line)}${
      line.rest === undefined ? "" : `,"lines":${line.rest.length + 1}`
    }${cut > 0 ? `,"cut_bytes":${cut}` : ""}${attrs === undefined ? "" : `,"attrs":${attrs}`}}\n`;
    out.text(this.isTerminal ? escapeJsonForTerminal(json) : json);
  }

  private tail(origin: Origin): string {
    let tail = this.tails.get(origin);
    if (tail === undefined) {
      tail = Object.entries(originFields(origin))
        .filter(([key, value]) => value !== "" && key !== "source")
        .map(([key, value]) => `,"${key}":${JSON.stringify(value)}`)
        .join("");
      this.tails.set(origin, tail);
    }
    return tail;
  }
}

/** The codec's names of an origin: log-pilot's, and klog's own where log-pilot has none. */
export function originFields(origin: Origin): Record<string, string | number> {
  return {
    k8s_cluster: origin.cluster,
    k8s_node_name: origin.node,
    k8s_pod_namespace: origin.namespace,
    k8s_pod: origin.pod,
    k8s_pod_uid: origin.podUid,
    k8s_container_name: origin.container,
    container_id: origin.containerId,
    restart: origin.source === "stdin" ? "" : origin.restart,
    source: origin.source,
  };
}

/** `klog search` tells all sources of a line, and what the agent gave it. */
function detailsJson(line: LogLine): string {
  const { details, origin } = line;
  if (details === undefined) return `,"source":"${origin.source}"`;
  const stream = details.stream === "" ? "" : `,"stream":"${details.stream}"`;
  const id = details.id === undefined ? "" : `,"log_id":${JSON.stringify(details.id)}`;
  return `,"source":${JSON.stringify(lineSources(line))}${stream}${id}`;
}

/** A JSON line is its own attributes, to the digit. */
function attributesJson(line: LogLine, text: string, parsed: ParsedFields | undefined): string | undefined {
  if (parsed?.format === "json" && line.details?.attrs === undefined) return oneLine(text);
  const fields = withAttributes(line, parsed?.fields);
  return fields === undefined ? undefined : JSON.stringify(fields);
}

/** Blanks between tokens may hold a CR; a record is one line. */
function oneLine(json: string): string {
  return json.trim().replace(/[\r\n]/g, " ");
}
