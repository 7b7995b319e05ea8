// A scripted server and a client of it that a test file makes and that end with the test.
import { onTestFinished } from "vitest";
import type { KubernetesClient } from "../../../src/clients/kubernetes/client.ts";
import type { KubeconfigOptions } from "../../../src/clients/kubernetes/kubeconfig.ts";
import { type ClientSurroundings, createKubernetesClient } from "../../../src/clients/kubernetes/kubernetes-client.ts";
import {
  type KubeconfigEntries,
  type Script,
  type ScriptedServer,
  type ScriptedServerOptions,
  startScriptedServer,
} from "../../support/scripted-server.ts";

export async function scriptedServer(script: Script, options?: ScriptedServerOptions): Promise<ScriptedServer> {
  const server = await startScriptedServer(script, options);
  onTestFinished(() => server.close());
  return server;
}

export function clientOf(
  server: ScriptedServer,
  entries?: KubeconfigEntries,
  surroundings?: ClientSurroundings,
  flags?: KubeconfigOptions,
): KubernetesClient {
  const client = createKubernetesClient({ ...flags, kubeconfig: server.kubeconfig(entries) }, surroundings);
  onTestFinished(() => client.close());
  return client;
}
