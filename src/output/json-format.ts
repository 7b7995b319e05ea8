// stern's JSON formats: json (one object a line), extjson and ppextjson (the message as JSON where it is JSON).
import type { LogLine, Origin } from "../record/log-line.ts";
import { lineSources } from "./line-facts.ts";
import type { LineFormat } from "./line-format.ts";
import { cutOf, type Messages } from "./messages.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { type OriginPaints, painted } from "./paint.ts";
import { escapeJsonForTerminal } from "./sanitize.ts";
import { quoteJson } from "./template/go-json.ts";
import { extendedJson } from "./template/stern-functions.ts";
import { compareBytes } from "./template/values.ts";
import type { Times } from "./times.ts";

export interface JsonOptions {
  readonly messages: Messages;
  readonly times: Times;
  readonly isTerminal: boolean;
}

export class JsonFormat implements LineFormat {
  private readonly options: JsonOptions;
  private readonly tails = new WeakMap<Origin, string>();

  constructor(options: JsonOptions) {
    this.options = options;
  }

  line(line: LogLine, out: OutputBuffer): void {
    const { messages, times, isTerminal } = this.options;
    const time = times.text(line);
    const cut = cutOf(line);
    const json = `{"message":${quoteJson(messages.joined(line))}${time === "" ? "" : `,"timestamp":${quoteJson(time)}`}${this.tail(line.origin)}${sourceMember(line)}${cut > 0 ? `,"cutBytes":${cut}` : ""}}\n`;
    out.text(isTerminal ? escapeJsonForTerminal(json) : json);
  }

  /** What is the same for every line of a container. */
  private tail(origin: Origin): string {
    let tail = this.tails.get(origin);
    if (tail === undefined) {
      const names = [
        ["nodeName", origin.node],
        ["namespace", origin.namespace],
        ["podName", origin.pod],
        ["containerName", origin.container],
      ] as const;
      const maps = `,"labels":${mapJson(origin.labels)},"annotations":${mapJson(origin.annotations)}`;
      tail = names.map(([key, value]) => `,"${key}":${quoteJson(value)}`).join("") + maps;
      this.tails.set(origin, tail);
    }
    return tail;
  }
}

/** `klog search` reads several sources; what stern prints has no such member. */
function sourceMember(line: LogLine): string {
  return line.details === undefined ? "" : `,"source":${JSON.stringify(lineSources(line))}`;
}

/** Sorted by key; a pod without any has a nil map in Go: null. */
function mapJson(map: Readonly<Record<string, string>>): string {
  const keys = Object.keys(map).sort(compareBytes);
  if (keys.length === 0) return "null";
  return `{${keys.map((key) => `${quoteJson(key)}:${quoteJson(map[key]!)}`).join(",")}}`;
}

export interface ExtendedJsonOptions extends JsonOptions {
  readonly paints: (origin: Origin) => OriginPaints;
  readonly showNamespace: boolean;
  /** ppextjson: a member a line. */
  readonly isPretty: boolean;
}

/** Names are coloured inside their quotes, as stern does; without colours the lines are JSON. */
export class ExtendedJsonFormat implements LineFormat {
  private readonly options: ExtendedJsonOptions;

  constructor(options: ExtendedJsonOptions) {
    this.options = options;
  }

  line(line: LogLine, out: OutputBuffer): void {
    const { messages, times, isTerminal, isPretty, showNamespace, paints } = this.options;
    const { origin } = line;
    const { pod, container } = paints(origin);
    const message = extendedJson(messages.joined(line));
    const time = times.text(line);
    const cut = cutOf(line);
    const members = [
      ...(showNamespace ? [`"namespace": "${painted(pod, origin.namespace)}"`] : []),
      `"pod": "${painted(pod, origin.pod)}"`,
      `"container": "${painted(container, origin.container)}"`,
      ...(time === "" ? [] : [`"timestamp": ${quoteJson(time)}`]),
      `"message": ${isTerminal ? escapeJsonForTerminal(message) : message}`,
      ...(cut > 0 ? [`"cutBytes": ${cut}`] : []),
    ];
    out.text(isPretty ? `{\n${members.map((m) => `  ${m}`).join(",\n")}\n}\n` : `{${members.join(", ")}}\n`);
  }
}
