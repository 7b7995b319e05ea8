// Origins of stored rows as all of klog knows them: one object each, in however many segments it is defined.
import { basename } from "node:path";
import type { Origin } from "../../record/log-line.ts";
import type { StoreOrigin } from "../../store/rows.ts";

export class StoredOrigins {
  readonly #known = new WeakMap<StoreOrigin, Origin>();
  readonly #byText = new Map<string, Origin>();

  of(stored: StoreOrigin): Origin {
    let origin = this.#known.get(stored);
    if (origin === undefined) {
      const text = JSON.stringify(stored);
      origin = this.#byText.get(text) ?? originOf(stored);
      this.#byText.set(text, origin);
      this.#known.set(stored, origin);
    }
    return origin;
  }
}

function originOf(stored: StoreOrigin): Origin {
  const { node, namespace, pod, podUid, container, containerId, restart } = stored;
  const { image, dockerApp, dockerService, dockerContainer, labels, tags, path } = stored;
  const app = dockerService || dockerApp;
  return {
    source: "store",
    cluster: "",
    ...{ node, namespace, pod, podUid, container: container || dockerContainer, containerId, restart, labels, tags },
    containerKind: "container",
    annotations: {},
    // The store knows no owners: what one service's containers have in common comes nearest.
    workload: pod !== "" ? `pod/${pod}` : app || dockerContainer || basename(path),
    ...(path === "" ? {} : { path }),
    ...(image === "" ? {} : { image }),
    ...(app === "" ? {} : { app }),
  };
}
