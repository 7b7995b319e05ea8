// Pods for one test: what each container writes is a shell script in the test itself.

interface ScriptPod {
  /** One script a container, by its name; a text alone is that of `main`. */
  readonly run: string | Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly restartPolicy?: "Always" | "Never";
  /** Limit of each container. */
  readonly memory?: string;
  readonly owner?: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string };
}

/** The script for a pod that stays and says nothing more. */
export const STAY = "exec sleep 2147483647";

/** On the host's network, since such a pod starts sooner. */
export function scriptPod(
  name: string,
  { run, labels, annotations, restartPolicy = "Never", memory, owner }: ScriptPod,
): object {
  const scripts = typeof run === "string" ? { main: run } : run;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      labels: labels ?? {},
      annotations: annotations ?? {},
      ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
    },
    spec: {
      hostNetwork: true,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      restartPolicy,
      containers: Object.entries(scripts).map(([container, script]) => ({
        name: container,
        image: "busybox:test",
        imagePullPolicy: "Never",
        command: ["sh", "-c", script],
        ...(memory === undefined ? {} : { resources: { limits: { memory } } }),
      })),
    },
  };
}

/** A script that writes a text as it stands, each line after `pause` seconds. */
export function writes(text: string, pause = 0): string {
  const wait = pause > 0 ? `; sleep ${pause}` : "";
  // Kubernetes reads $( as the beginning of a variable of its own only where such a variable exists.
  return `while IFS= read -r line; do printf '%s\\n' "$line"${wait}; done <<'END'\n${text.trimEnd()}\nEND\n`;
}
