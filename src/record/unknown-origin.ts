// The origin of a line of which nothing is known: what is known is put over it.
import type { Origin } from "./log-line.ts";

export const UNKNOWN_ORIGIN: Origin = {
  source: "stdin",
  cluster: "",
  node: "",
  namespace: "",
  pod: "",
  podUid: "",
  container: "",
  containerKind: "container",
  containerId: "",
  restart: 0,
  labels: {},
  annotations: {},
  workload: "",
};
