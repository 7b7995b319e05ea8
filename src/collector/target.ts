// One log that the collector shall read: what discovery finds and everything behind it works on.

/** The wire format of a log file. `auto` is settled by the first bytes: CRI, Docker's json-file, TAI64N, else plain. */
export type LogFormat = "auto" | "cri" | "docker" | "s6" | "plain";

/** How the older generations of a log are called, beside the file that is written now. */
export type SiblingNames =
  /** `0.log.20261121-104732`, then `.gz` */
  | "kubelet"
  /** `<id>-json.log.1`, `.2`, then `.gz` */
  | "docker"
  /** `app.log.1[.gz]`, `app.log-20261121[.gz]` */
  | "logrotate"
  /** `@<TAI64N>.s` and `.u` beside `current` */
  | "s6"
  /** None: a file of its own. */
  | "none";

/** Where reading begins when a file is seen for the first time. */
export type FirstRead = "beginning" | "end" | { readonly lastBytes: number };

/** Who writes the log, as far as the path or the runtime's files say; empty text where unknown. Never changes for one target. */
export interface LogOrigin {
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly containerId: string;
  /** Instance of the container: the number of `<n>.log`; 0 elsewhere. */
  readonly restart: number;
  readonly image: string;
  /** As log-pilot names them: compose project or stack, service, container name. */
  readonly dockerApp: string;
  readonly dockerService: string;
  readonly dockerContainer: string;
  /** Labels of the container or pod, where a runtime gave them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The file's path as the person knows it. */
  readonly path: string;
}

/** Of a log of which nothing is known. */
export const UNKNOWN_ORIGIN: LogOrigin = {
  node: "",
  namespace: "",
  pod: "",
  podUid: "",
  container: "",
  containerId: "",
  restart: 0,
  image: "",
  dockerApp: "",
  dockerService: "",
  dockerContainer: "",
  labels: {},
  path: "",
};

export interface Target {
  /** Stable over restarts of the agent: `pod/<uid>/<container>/<restart>`, `docker/<id>`, `s6/<directory>`, `file/<path>`. */
  readonly id: string;
  /** The directory of the log's files (links resolved), and the name of the file that is written now. */
  readonly directory: string;
  readonly file: string;
  readonly siblings: SiblingNames;
  readonly format: LogFormat;
  readonly origin: LogOrigin;
  readonly firstRead: FirstRead;
  /** Tags that the pipeline adds to each record, at its root. */
  readonly tags: Readonly<Record<string, string>>;
  /** The pipeline that takes it. */
  readonly pipeline: string;
}

/** The life of one file of a target, as far as a record's identity goes. */
export interface GenerationKey {
  readonly target: Target;
  /** 16 hex digits: hash of node, target, inode and birth time (deterministic, so a lost journal makes the same ids). */
  readonly id: string;
  /** Counts truncations of the same inode. */
  readonly epoch: number;
}
