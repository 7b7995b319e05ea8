// Brings the cluster up once for all files, so that none of them takes it away from another.
import { startCluster } from "../../services/cluster.ts";

export default async function setup(): Promise<() => Promise<void>> {
  const cluster = await startCluster({ name: "node", logMax: "10Mi" });
  return () => cluster.down();
}
