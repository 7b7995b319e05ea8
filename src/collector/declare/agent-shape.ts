// The agent's configuration as people write it: every key, what it may hold and what it is for.
import { parseBytes } from "../../config/byte-size.ts";
import { parseDuration } from "../../query/duration.ts";
import { LEVELS } from "../../record/level-names.ts";
import { LANGUAGE_STATES } from "../../record/stack-trace.ts";
import { compilePattern } from "../../regex/pattern.ts";
import { compileMultiline, type MultilineRule } from "../decode/multiline.ts";
import { compileExclude, compileGlob, MAX_DEPTH } from "../discovery/glob.ts";
import { s6Directories } from "../discovery/s6-tree.ts";
import { DEFAULT_S6_TEMPLATE } from "./agent-config.ts";
import { mapPattern } from "./container-filter.ts";
import {
  byType,
  constant,
  decimal,
  either,
  flag,
  integer,
  isMapping,
  list,
  nullWord,
  object,
  oneOf,
  optional,
  parsed,
  refined,
  required,
  type Shape,
  text,
  textMap,
} from "./shape.ts";

const BYTES_PATTERN = "^\\s*\\d+(\\.\\d+)?\\s*([kmgKMG][iI]?)?[bB]?\\s*$";
const written = parsed("a size such as 64KiB, 10MiB or 1GiB", BYTES_PATTERN, parseBytes);
const numbered = integer("a number of bytes", 0);
const bytes: Shape<number> = either(written.what, [numbered, written], (value) => (typeof value === "number" ? 0 : 1));

const durationMs = parsed("a time such as 500ms, 90s, 1h30m or 7d", "^(\\d+(\\.\\d+)?(ms|s|m|h|d|w))+$", parseDuration);

const positive = integer("a number from 1", 1);

/** Text that `read` must be able to read: a regular expression, a path pattern. */
function readable(shape: Shape<string>, read: (text: string) => unknown): Shape<string> {
  return refined(shape, (value) => failureOf(() => read(value)));
}

const regex = readable(text("a regular expression", "[\\s\\S]"), compilePattern);
const directory = text("an absolute path", "^/");
const pathPattern = readable(text("an absolute path with wildcards", "^/"), compileGlob);
const excludePattern = readable(text("a path or a name with wildcards"), compileExclude);

const firstRead = either("beginning, end, or a size: the last bytes", [oneOf(["beginning", "end"]), bytes], (value) =>
  typeof value === "number" || /^\s*\d/.test(String(value)) ? 1 : 0,
);

/** Names to exact values, `^…$` or nothing. */
const filterMap = refined(textMap(), (map) =>
  failureOf(() => {
    for (const value of Object.values(map)) mapPattern(value);
  }),
);

const COMMON = {
  first_read: optional(
    firstRead,
    "where to begin in a file seen for the first time: beginning, end, or the last bytes (1MiB)",
  ),
  shared: optional(flag(), "take logs that another pipeline has too, and leave them to others"),
};

const containers = object("a container_stdout input", {
  type: required(constant("container_stdout"), "the kind of input"),
  namespace: optional(regex, "regular expression found in the pod's namespace"),
  pod: optional(regex, "regular expression found in the pod's name"),
  container: optional(regex, "regular expression found in the container's name"),
  include_k8s_labels: optional(filterMap, "pod labels, any of which is enough"),
  exclude_k8s_labels: optional(filterMap, "pod labels, any of which keeps the container out"),
  include_container_labels: optional(filterMap, "labels of the container at its runtime"),
  exclude_container_labels: optional(filterMap, "labels of the container at its runtime that keep it out"),
  include_env: optional(filterMap, "environment variables of the container"),
  exclude_env: optional(filterMap, "environment variables of the container that keep it out"),
  stdout: optional(flag(), "take what it writes to stdout"),
  stderr: optional(flag(), "take what it writes to stderr"),
  ...COMMON,
});

const files = object("a files input", {
  type: required(constant("files"), "the kind of input"),
  paths: required(
    list(pathPattern, { atLeast: 1 }),
    "absolute paths; * ? […] {a,b} ** are wildcards, {name} makes a field",
  ),
  exclude: optional(list(excludePattern), "paths, or names without /, that are left out"),
  max_depth: optional(integer("a number from 0", 0), `directories that ** may stand for (${MAX_DEPTH})`),
  follow_links: optional(flag(), "follow links out of the part of the path that has no wildcard"),
  format: optional(oneOf(["auto", "cri", "docker", "s6", "plain"]), "how the lines are written"),
  ...COMMON,
});

const s6Fields = object("an s6 input", {
  type: required(constant("s6"), "the kind of input"),
  root: required(directory, "the directory below which s6-log's directories lie"),
  template: optional(text("names of directories"), "the directories below the root: {namespace}/{app}/{pod}"),
  ...COMMON,
});
const s6 = refined(s6Fields, ({ root, template }) =>
  failureOf(() => s6Directories({ root, template: template ?? DEFAULT_S6_TEMPLATE })),
);

type Preset = NonNullable<MultilineRule["preset"]>;

interface MultilineMapping extends Pick<MultilineRule, "preset" | "start" | "continue" | "end" | "negate"> {
  readonly max_lines: number | undefined;
  readonly max_bytes: number | undefined;
  readonly timeout: number | undefined;
}

/** The rule as the joiner takes it. */
export function multilineRule(rule: Preset | MultilineMapping): MultilineRule {
  if (typeof rule === "string") return { preset: rule };
  const { max_lines: maxLines, max_bytes: maxBytes, timeout: timeoutMs, ...patterns } = rule;
  return { ...patterns, maxLines, maxBytes, timeoutMs };
}

const BOUNDS = {
  max_lines: optional(positive, "lines that an event holds at the most (1000)"),
  max_bytes: optional(bytes, "bytes that an event holds at the most (1MiB)"),
  timeout: optional(durationMs, "how long the last event of a log waits for more lines (3s)"),
};

const preset = oneOf([...Object.keys(LANGUAGE_STATES), "json"] as Preset[]);
const presetRule = refined(
  object("a multiline rule", { preset: required(preset, "the language of stack traces"), ...BOUNDS }),
  (rule) => failureOf(() => compileMultiline(multilineRule(rule))),
);
const patternRule = refined(
  object(
    "a multiline rule",
    {
      start: optional(regex, "regular expression of a line that begins an event"),
      continue: optional(regex, "regular expression of a line that continues it"),
      end: optional(regex, "regular expression of the last line of an event"),
      negate: optional(flag(), "the lines that the one pattern does not match are meant"),
      ...BOUNDS,
    },
    { anyOf: ["start", "continue", "end"] },
  ),
  (rule) => failureOf(() => compileMultiline(multilineRule(rule))),
);
const multiline = either("a preset or a mapping", [preset, presetRule, patternRule], (value) =>
  isMapping(value) ? (Object.hasOwn(value, "preset") ? 1 : 2) : 0,
);

type Checked<S> = S extends Shape<infer T> ? T : never;

const processor = byType("a processor", {
  filter: object("a filter", {
    type: required(constant("filter"), "the kind of processor"),
    include: optional(list(regex), "keep a record when one of these is found in it"),
    exclude: optional(list(regex), "drop a record when one of these is found in it"),
    min_level: optional(oneOf(LEVELS), "drop records below this level; those without a level stay"),
  }),
});

const sink = byType("a sink", {
  store: object("a store sink", {
    type: required(constant("store"), "the kind of sink"),
    directory: optional(directory, "where the store lies"),
    retention: optional(
      object("a retention", {
        age: optional(durationMs, "the oldest records that are kept (7d)"),
        bytes: optional(bytes, "the most that the store takes (10GiB)"),
        free_disk: optional(bytes, "the least that stays free on its disk (1GiB)"),
      }),
      "the oldest segments go when any of these is passed; a limit that is left out is not there",
    ),
    fsync: optional(oneOf(["never", "interval", "always"]), "when records count as stored (interval: once a second)"),
  }),
  file: object("a file sink", {
    type: required(constant("file"), "the kind of sink"),
    path: required(directory, "the file, one JSON object a line"),
    rotate_bytes: optional(
      refined(bytes, (size) => (size > 0 ? undefined : "should be more than 0")),
      "begin another file at this size",
    ),
    keep: optional(integer("a number from 0", 0), "rotated files that are kept (7)"),
    mode: optional(
      parsed('a file mode in quotes, such as "0600"', "^0?[0-7]{3}$", (mode) => Number.parseInt(mode, 8)),
      "of new files",
    ),
    fsync: optional(oneOf(["never", "batch", "interval"]), "when records count as delivered (batch)"),
  }),
  stdout: object("a stdout sink", { type: required(constant("stdout"), "the kind of sink") }),
  null: object("a null sink", { type: required(nullWord(), "the kind of sink") }),
});

const PIPELINE = {
  enabled: optional(flag(), "false leaves the pipeline out"),
  inputs: required(
    list(byType("an input", { container_stdout: containers, files, s6 }), { atLeast: 1 }),
    "where its logs come from",
  ),
  multiline: optional(multiline, "how lines are joined to events"),
  processors: optional(list(processor), "what happens to records on the way"),
  tags: optional(textMap(), "fields that each record gets"),
  sinks: optional(list(sink, { atLeast: 1 }), "where records go; the store, if left out"),
};

const name = text("a name of letters, digits, . _ and -", "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$");
const NAME = "the pipeline's name, in status and metrics";

const pipeline = object("a pipeline", { name: required(name, NAME), ...PIPELINE });

/** A file that is one pipeline. */
const pipelineFile = object("a pipeline", {
  name: optional(name, `${NAME}; the file's name, if left out`),
  ...PIPELINE,
});

const root = either("an absolute path or off", [oneOf(["off"]), directory], (value) => (value === "off" ? 0 : 1));

const agentFile = object("a mapping", {
  node: optional(text("a node's name"), "the node's name in records"),
  state_dir: optional(directory, "where the agent keeps its positions"),
  roots: optional(
    object("a mapping", {
      pods: optional(root, "the kubelet's tree of logs"),
      containers: optional(root, "links to logs, read where there is no such tree"),
      docker: optional(root, "Docker's directories of containers"),
    }),
    "where container runtimes keep their logs",
  ),
  limits: optional(
    object("a mapping", {
      cpu: optional(
        refined(decimal("a number of cores"), (cores) => (cores > 0 ? undefined : "should be more than 0")),
        "cores, such as 0.4",
      ),
      memory: optional(bytes, "resident memory"),
      line_bytes: optional(bytes, "the longest record (1MiB); the rest is cut off and counted"),
      open_files: optional(positive, "files held open (8192)"),
      held_bytes: optional(bytes, "deleted files held open until they are read"),
      in_flight: optional(bytes, "bytes read and not yet delivered (64MiB)"),
    }),
    "what the agent may use",
  ),
  http: optional(
    object("a mapping", {
      address: required(
        text("host:port, or off", "^(off|(\\[[0-9A-Fa-f:.]+\\]|[^:\\s]*):\\d{1,5})$"),
        "of health and metrics",
      ),
    }),
    "the server of health and metrics",
  ),
  pipelines: optional(list(pipeline, { atLeast: 1 }), "in order: the first that takes a log has it"),
});

export type AgentDocument = Checked<typeof agentFile>;
export type PipelineDocument = Checked<typeof pipelineFile>;
export type InputDocument = PipelineDocument["inputs"][number];
export type SinkDocument = Checked<typeof sink>;

/** An empty file says nothing. */
const nothing: Shape<AgentDocument> = {
  what: "nothing",
  schema: { type: "null" },
  check: (value, path, report) => agentFile.check(value ?? {}, path, report),
};

export const configShape = either("a configuration", [nothing, agentFile, pipelineFile], (value) =>
  value === null ? 0 : isPipelineFile(value) ? 2 : 1,
);

export function isPipelineFile(value: unknown): boolean {
  return (
    isMapping(value) &&
    !Object.hasOwn(value, "pipelines") &&
    Object.keys(value).some((key) => key === "name" || Object.hasOwn(PIPELINE, key))
  );
}

function failureOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return `is refused: ${(error as Error).message}`;
  }
}
