// A corpus of configurations, good and bad: the loader and the schema must agree on each.

export const PIPELINE = "inputs: [{ type: container_stdout }]";

/** What is in each; the text. */
export const GOOD: readonly (readonly [what: string, yaml: string])[] = [
  ["nothing", ""],
  ["a comment", "# nothing yet\n"],
  ["no key at all", "{}"],
  ["a node's name", "node: n1"],
  ["all settings of the agent", AGENT()],
  ["an address of all interfaces", 'http: { address: ":7953" }'],
  ["an IPv6 address", 'http: { address: "[::1]:7953" }'],
  ["no server", "http: { address: off }"],
  ["a pipeline alone", PIPELINE],
  ["a pipeline that is switched off", `enabled: false\n${PIPELINE}`],
  ["a pipeline with everything", EVERYTHING()],
  ["the null sink without quotes", `${PIPELINE}\nsinks: [{ type: null }]`],
  ["two pipelines", `pipelines:\n  - { name: a, ${PIPELINE} }\n  - { name: b, ${PIPELINE} }`],
  ["a preset by name", `${PIPELINE}\nmultiline: java`],
  ["a preset with bounds", `${PIPELINE}\nmultiline: { preset: auto, max_lines: 10, max_bytes: 64KiB, timeout: 500ms }`],
  ["a pattern for what does not start", `${PIPELINE}\nmultiline: { start: '^\\s', negate: true }`],
  ["patterns", `${PIPELINE}\nmultiline: { start: '^\\d', continue: '^\\s', end: ';$', max_bytes: 4096 }`],
  ["filters that are empty", "inputs: [{ type: container_stdout, include_k8s_labels: {} }]"],
  ["a label that only has to be there", "inputs:\n  - type: container_stdout\n    include_k8s_labels:\n      app:\n"],
  ["tags that would be numbers", `${PIPELINE}\ntags: { v: "1.10", zip: "0123", flag: "yes" }`],
  ["values from the environment", `limits: { cpu: '\${CPU}', memory: '\${MEMORY}' }\nnode: '\${NODE:-n0}'`],
  ["a switch from the environment", `inputs: [{ type: container_stdout, stderr: '\${OFF}' }]`],
  ["a choice from the environment", `${PIPELINE}\nsinks: [{ type: store, fsync: '\${FSYNC}' }]`],
  [
    "an anchor used twice",
    `pipelines:\n  - { name: a, inputs: &in [{ type: files, paths: [/a] }] }\n  - { name: b, inputs: *in }`,
  ],
  ["the last bytes", "inputs: [{ type: files, paths: [/a], first_read: 1MiB }]"],
  ["the last bytes as a number", "inputs: [{ type: files, paths: [/a], first_read: 4096 }]"],
  ["limits as numbers", "limits: { cpu: 1, memory: 0, open_files: 1 }"],
  ["limits as Kubernetes writes them", "limits: { memory: 500Mi, held_bytes: 1Gi }"],
];

function AGENT(): string {
  return `
node: n1
state_dir: /state
roots: { pods: /p, containers: off, docker: /d }
limits: { cpu: 0.4, memory: 512MiB, line_bytes: 2MiB, open_files: 100, held_bytes: 1GiB, in_flight: 16MiB }
http: { address: "127.0.0.1:80" }
pipelines:
  - name: all.logs_1-x
    inputs: [{ type: container_stdout }]
`;
}

function EVERYTHING(): string {
  return `
name: web
enabled: true
inputs:
  - type: container_stdout
    namespace: ^(default)$
    pod: ^(nginx-.*)$
    container: nginx
    include_k8s_labels: { app: nginx, tier: "^(a|b)$" }
    exclude_k8s_labels: { skip: "" }
    include_container_labels: { io.kubernetes.container.name: json-log }
    exclude_container_labels: { a: b }
    include_env: { LOG: "1" }
    exclude_env: { NOLOG: "" }
    stdout: true
    stderr: false
    first_read: end
    shared: true
  - type: files
    paths: ["/var/log/{a,b}/**/*.log"]
    exclude: ["*.tmp", /var/log/a/private]
    max_depth: 3
    follow_links: true
    format: plain
    first_read: beginning
  - type: s6
    root: /data/logs
    template: "{namespace}/{app}/{pod}"
processors:
  - { type: filter, include: [GET], exclude: [/healthz, "^$"], min_level: info }
tags: { team: shop, empty: "" }
sinks:
  - { type: store, directory: /s, retention: { age: 7d, bytes: 1GiB, free_disk: 100MiB }, fsync: always }
  - { type: file, path: /f/a.log, rotate_bytes: 10MiB, keep: 3, mode: "0640", fsync: never }
  - { type: stdout }
  - { type: "null" }
`;
}

/** What is wrong; the text; a part of what is said, with the line. */
export const BAD: readonly (readonly [what: string, yaml: string, said: string])[] = [
  ["a list", "- a", ":1: should be a mapping, not a list"],
  ["an unknown key", "nod: n1", ":1: nod is unknown; did you mean node?"],
  ["an unknown key of a pipeline", `${PIPELINE}\nprocesors: []`, ":2: procesors is unknown; did you mean processors?"],
  ["an unknown key far away from all", "zzzzzzzz: 1", "known are node, state_dir"],
  [
    "an unknown key of an input",
    "inputs:\n  - type: container_stdout\n    namespce: a",
    ":3: inputs[0].namespce is unknown; did you mean namespace?",
  ],
  [
    "an unknown input",
    "inputs:\n  - type: container_stdot",
    ':2: inputs[0].type should be one of container_stdout, files, s6, not "container_stdot"; did you mean container_stdout?',
  ],
  [
    "an input without a type",
    "inputs:\n  - paths: [/a]",
    ":2: inputs[0] lacks type: one of container_stdout, files, s6",
  ],
  [
    "an unknown sink",
    `${PIPELINE}\nsinks: [{ type: kafka }]`,
    ":2: sinks[0].type should be one of store, file, stdout, null",
  ],
  ["an input of no type", "inputs: [{ type: null }]", "inputs[0].type should be one of"],
  ["an unknown processor", `${PIPELINE}\nprocessors: [{ type: grok }]`, ":2: processors[0].type should be filter"],
  ["no inputs", "name: x", ":1: lacks inputs: where its logs come from"],
  ["an empty list of inputs", "inputs: []", ":1: inputs is empty"],
  ["an empty list of pipelines", "pipelines: []", ":1: pipelines is empty"],
  ["a pipeline without a name", `pipelines:\n  - ${PIPELINE}`, ":2: pipelines[0] lacks name"],
  [
    "a name with a blank",
    `pipelines:\n  - name: a b\n    ${PIPELINE}`,
    ":2: pipelines[0].name should be a name of letters",
  ],
  [
    "keys of a pipeline beside pipelines",
    `pipelines:\n  - { name: a, ${PIPELINE} }\ninputs: []`,
    ":3: inputs is unknown",
  ],
  ["a number as a tag", `${PIPELINE}\ntags:\n  v: 1.10`, ':3: tags.v should be text, not 1.1; put it in quotes: "1.1"'],
  ["a list as a tag", `${PIPELINE}\ntags: { v: [a] }`, "tags.v should be text, not a list"],
  [
    "a switch that is neither",
    "inputs: [{ type: container_stdout, stdout: 1 }]",
    "stdout should be true or false, not 1",
  ],
  [
    "a size that is none",
    "limits: { memory: much }",
    'limits.memory should be a size such as 64KiB, 10MiB or 1GiB, not "much"',
  ],
  ["a size below zero", "limits: { memory: -1 }", "limits.memory should be a number of bytes, not -1"],
  ["half a byte", "limits: { memory: 0.5 }", "limits.memory should be"],
  ["a number of files below one", "limits: { open_files: 0 }", "limits.open_files should be a number from 1, not 0"],
  ["no cores", "limits: { cpu: -1 }", "limits.cpu should be a number of cores, not -1"],
  [
    "a time without a unit",
    `${PIPELINE}\nmultiline: { preset: java, timeout: "3" }`,
    "multiline.timeout should be a time such as",
  ],
  [
    "a time as a number",
    `${PIPELINE}\nmultiline: { preset: java, timeout: 3 }`,
    "multiline.timeout should be a time such as",
  ],
  ["an unknown preset", `${PIPELINE}\nmultiline: jave`, "did you mean java?"],
  [
    "a rule without a pattern",
    `${PIPELINE}\nmultiline: { max_lines: 3 }`,
    "multiline needs at least one of start, continue, end",
  ],
  ["a preset with patterns", `${PIPELINE}\nmultiline: { preset: java, start: a }`, "multiline.start is unknown"],
  [
    "a mode that YAML reads as a number",
    `${PIPELINE}\nsinks: [{ type: file, path: /a, mode: 0600 }]`,
    'sinks[0].mode should be a file mode in quotes, such as "0600", not 600',
  ],
  [
    "a path that is not absolute",
    `${PIPELINE}\nsinks: [{ type: file, path: a.log }]`,
    'sinks[0].path should be an absolute path, not "a.log"',
  ],
  [
    "a pattern that is not absolute",
    "inputs: [{ type: files, paths: [a.log] }]",
    "inputs[0].paths[0] should be an absolute path with wildcards",
  ],
  ["files without paths", "inputs: [{ type: files }]", "inputs[0] lacks paths"],
  ["an empty name", 'node: ""', 'node should be a node\'s name, not ""'],
  ["an address without a port", "http: { address: localhost }", "http.address should be host:port, or off"],
  ["an http section without an address", "http: {}", "http lacks address"],
  [
    "a first read that is none",
    "inputs: [{ type: files, paths: [/a], first_read: start }]",
    "first_read should be one of beginning, end",
  ],
  [
    "a level that is none",
    `${PIPELINE}\nprocessors: [{ type: filter, min_level: warning }]`,
    "min_level should be one of trace, debug",
  ],
  ["a type from the environment", `inputs: [{ type: '\${KIND}' }]`, "inputs[0].type should be one of"],
  ["a root that is not absolute", "roots: { pods: pods }", "roots.pods should be an absolute path"],
];

/** Wrong in a way that a schema cannot tell. */
export const BEYOND_SCHEMA: readonly (readonly [what: string, yaml: string, said: string])[] = [
  [
    "a regular expression that is none",
    "inputs:\n  - type: container_stdout\n    pod: '('",
    ":3: inputs[0].pod is refused: the regular expression",
  ],
  [
    "a regular expression of a filter map",
    "inputs: [{ type: container_stdout, include_env: { A: '^($' } }]",
    "inputs[0].include_env",
  ],
  [
    "a path pattern that is none",
    "inputs: [{ type: files, paths: ['/a/[b'] }]",
    "inputs[0].paths[0] is refused: the path pattern /a/[b is invalid: a [ is not closed",
  ],
  [
    "an s6 template that is none",
    "inputs: [{ type: s6, root: /a, template: '{x}/{x}' }]",
    "the field {x} stands in it twice",
  ],
  [
    "two pipelines of one name",
    `pipelines:\n  - { name: a, ${PIPELINE} }\n  - { name: a, ${PIPELINE} }`,
    ":3: two pipelines are called a",
  ],
  [
    "one store with two retentions",
    `${PIPELINE}\nsinks: [{ type: store }, { type: store, fsync: never }]`,
    "write to the store /var/lib/klog/store with different settings",
  ],
  [
    "a variable that is not set",
    `node: \${NOBODY}`,
    ":1: node needs the environment variable NOBODY, which is not set",
  ],
  ["more than an event may hold", `${PIPELINE}\nmultiline: { preset: java, max_bytes: 1GiB }`, "max_bytes"],
  ["no cores at all", "limits: { cpu: 0 }", "limits.cpu should be more than 0"],
  ["a size beyond all numbers", "limits: { memory: 99999999999999999GiB }", "limits.memory should be a size"],
];
