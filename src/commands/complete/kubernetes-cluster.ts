// The cluster behind completion: kubeconfig and clients, loaded when the first question needs them.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { ConnectionOptions } from "../connection-options.ts";
import type { Cluster } from "./providers.ts";

export function kubernetesCluster(connection: ConnectionOptions): Cluster & { close(): void } {
  const clients = new Map<string | undefined, Promise<KubernetesClient>>();
  let closed = false;
  const connect = async (context: string | undefined) => {
    const { createKubernetesClient } = await import("../../clients/kubernetes/kubernetes-client.ts");
    const client = await createKubernetesClient({ ...connection, context });
    if (closed) client.close();
    return client;
  };
  return {
    async contexts() {
      const { listContexts } = await import("../../clients/kubernetes/kubeconfig.ts");
      return listContexts(connection);
    },
    client(context) {
      const known = clients.get(context) ?? connect(context);
      clients.set(context, known);
      return known;
    },
    close() {
      closed = true;
      // A client that could not be made has told its asker already.
      for (const client of clients.values())
        client.then(
          (open) => open.close(),
          () => undefined,
        );
    },
  };
}
