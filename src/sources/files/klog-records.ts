// Reads klog's own codec back: a record of the agent's file sink, with the origin that it names.
import { TimeParser } from "../../collector/decode/twin-time.ts";
import { KLOG_FIELDS } from "../../collector/deliver/klog-codec.ts";
import { LEVELS, type Level } from "../../record/level-names.ts";
import type { Origin } from "../../record/log-line.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import { hostOrigin } from "./file-origin.ts";

export interface WireRecord {
  readonly at: Timestamp;
  readonly message: string;
  readonly origin: Origin;
  readonly stream: "" | "stdout" | "stderr";
  readonly level: Level | undefined;
  readonly id: string | undefined;
  readonly lines: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Applications write `@timestamp` and `message` too: klog's records have an id. */
export function isKlogRecord(line: Buffer): boolean {
  if (line[0] !== 0x7b) return false;
  try {
    const fields = JSON.parse(line.toString()) as Fields;
    return (
      typeof fields["log_id"] === "string" && typeof fields["message"] === "string" && timeOf(fields) !== undefined
    );
  } catch {
    return false;
  }
}

/** Keeps one origin object for all records that name the same. */
export class WireRecords {
  private readonly origins = new Map<string, Origin>();

  /** Undefined where it is no record of this codec. */
  read(fields: Fields | undefined): WireRecord | undefined {
    if (fields === undefined) return undefined;
    const at = timeOf(fields);
    const { message, stream, level, lines } = fields;
    if (at === undefined || typeof message !== "string") return undefined;
    return {
      at,
      message,
      origin: this.originOf(fields),
      stream: stream === "stdout" || stream === "stderr" ? stream : "",
      level: LEVELS.find((name) => name === level),
      id: textOf(fields, "log_id") || undefined,
      lines: typeof lines === "number" ? lines : 1,
    };
  }

  private originOf(fields: Fields): Origin {
    const places = PLACES.map((name) => fields[name] ?? "");
    const tags = Object.entries(fields).filter(([name]) => !KLOG_FIELDS.has(name));
    const key = JSON.stringify([places, tags]);
    let origin = this.origins.get(key);
    if (origin === undefined) {
      origin = namedOrigin(fields, tags);
      this.origins.set(key, origin);
    }
    return origin;
  }
}

const PLACES = [
  "k8s_pod",
  "k8s_pod_namespace",
  "k8s_node_name",
  "k8s_container_name",
  "k8s_pod_uid",
  "container_id",
  "restart",
  "container_image",
  "docker_app",
  "docker_service",
  "docker_container",
  "log.file.path",
] as const;

function namedOrigin(fields: Fields, tags: readonly (readonly [string, unknown])[]): Origin {
  const path = textOf(fields, "log.file.path");
  const pod = textOf(fields, "k8s_pod");
  const image = textOf(fields, "container_image");
  const app = textOf(fields, "docker_app") || textOf(fields, "docker_service");
  const container = textOf(fields, "k8s_container_name") || textOf(fields, "docker_container");
  const { path: _, ...base } = hostOrigin(path);
  return {
    ...base,
    node: textOf(fields, "k8s_node_name"),
    namespace: textOf(fields, "k8s_pod_namespace"),
    pod,
    podUid: textOf(fields, "k8s_pod_uid"),
    container,
    containerId: textOf(fields, "container_id"),
    restart: typeof fields["restart"] === "number" ? fields["restart"] : 0,
    workload: pod || container || base.workload,
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags.map(([name, value]) => [name, String(value)])) }),
    ...(path === "" ? {} : { path }),
    ...(image === "" ? {} : { image }),
    ...(app === "" ? {} : { app }),
  };
}

function timeOf(fields: Fields): Timestamp | undefined {
  const text = Buffer.from(textOf(fields, "@timestamp"));
  const time = new TimeParser(text);
  return text.length > 0 && time.parseInstant(0, text.length) === text.length
    ? { sec: time.sec, nsec: time.nsec }
    : undefined;
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}
