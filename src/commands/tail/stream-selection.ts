// --stream: whether a server can tell the two streams of a container apart, and what it says where it cannot.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import { KlogError } from "../../errors.ts";
import type { ContainerProblem } from "../../sources/pods/instance-context.ts";
import type { TailOptions } from "../tail-options.ts";

/** A server that knows `stream=` may still not allow it: that holds for every container. */
export function streamRefusal({ error }: ContainerProblem, { window }: TailOptions): KlogError | undefined {
  if (window.stream === undefined || error.kind !== "status" || !/stream/i.test(error.message)) return undefined;
  return new KlogError("KUBERNETES_STATUS", `the server does not allow --stream ${window.stream}: ${error.message}`, {
    hint: "it needs the feature gate PodLogsQuerySplitStreams; leave --stream out",
    cause: error,
  });
}

/** `stream=` is an alpha of 1.32: an older server would ignore it and give both. */
export async function requireStreamSelection(client: KubernetesClient, options: TailOptions): Promise<void> {
  const { gitVersion, major, minor } = await client.get<{ gitVersion: string; major: string; minor: string }>(
    "/version",
  );
  const version = Number.parseInt(major, 10) * 1000 + Number.parseInt(minor, 10);
  if (version >= 1032) return;
  throw new KlogError(
    "USAGE",
    `the server of context ${client.context} is ${gitVersion} and cannot select --stream ${options.window.stream}`,
    {
      hint: "that needs Kubernetes 1.32 with the feature gate PodLogsQuerySplitStreams; leave --stream out",
    },
  );
}
