// What a template sees of a line: stern's fields under stern's names, then klog's own (Cluster, PodUid, ContainerId, Restart, Workload, Level).
import type { Origin } from "../../record/log-line.ts";
import type { OriginPaints } from "../paint.ts";
import { GoMap, PaintValue, type Struct, type Value } from "./values.ts";

const FIELDS = [
  "Message",
  "Timestamp",
  "NodeName",
  "Namespace",
  "PodName",
  "ContainerName",
  "Labels",
  "Annotations",
  "PodColor",
  "ContainerColor",
  "Cluster",
  "PodUid",
  "ContainerId",
  "Restart",
  "Workload",
  "Level",
] as const;

export interface LogData {
  readonly message: string;
  /** Empty unless time stamps are asked for. */
  readonly timestamp: string;
  readonly origin: Origin;
  readonly paints: OriginPaints;
  /** Asked for only where the template does; "" where the line has none. */
  readonly level: () => string;
}

export class LogStruct implements Struct {
  readonly typeName = "stern.Log";
  readonly fieldNames = FIELDS;
  private readonly data: LogData;

  constructor(data: LogData) {
    this.data = data;
  }

  field(name: string): Value | undefined {
    const { origin, paints } = this.data;
    switch (name as (typeof FIELDS)[number]) {
      case "Message":
        return this.data.message;
      case "Timestamp":
        return this.data.timestamp;
      case "NodeName":
        return origin.node;
      case "Namespace":
        return origin.namespace;
      case "PodName":
        return origin.pod;
      case "ContainerName":
        return origin.container;
      case "Labels":
        return stringMap(origin.labels);
      case "Annotations":
        return stringMap(origin.annotations);
      case "PodColor":
        return new PaintValue(paints.pod);
      case "ContainerColor":
        return new PaintValue(paints.container);
      case "Cluster":
        return origin.cluster;
      case "PodUid":
        return origin.podUid;
      case "ContainerId":
        return origin.containerId;
      case "Restart":
        return BigInt(origin.restart);
      case "Workload":
        return origin.workload;
      case "Level":
        return this.data.level();
      default:
        return undefined;
    }
  }

  jsonFields(): readonly (readonly [string, Value])[] {
    const { message, timestamp, origin } = this.data;
    return [
      ["message", message],
      ...(timestamp === "" ? [] : [["timestamp", timestamp] as const]),
      ["nodeName", origin.node],
      ["namespace", origin.namespace],
      ["podName", origin.pod],
      ["containerName", origin.container],
      ["labels", stringMap(origin.labels)],
      ["annotations", stringMap(origin.annotations)],
    ];
  }
}

const maps = new WeakMap<object, GoMap>();

/** A pod without labels has a nil map in Go, which `json` prints as null. */
function stringMap(labels: Readonly<Record<string, string>>): GoMap {
  let map = maps.get(labels);
  if (map === undefined) {
    const entries = Object.entries(labels);
    map = new GoMap(new Map(entries), "map[string]string", entries.length === 0);
    maps.set(labels, map);
  }
  return map;
}
