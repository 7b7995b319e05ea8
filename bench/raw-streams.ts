// The raw limit beside `klog tail` of many pods: node:http2 alone reads the same logs, as many at once, and writes the bytes down as
// they come. No splitting, no order, no names: what the transport costs before a log reader does anything.
// KUBECONFIG=... node bench/raw-streams.ts NAMESPACE LABELS
import { readFileSync, writeSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { load } from "js-yaml";

/** As klog: so many first reads at a time, and so many streams a session. */
const AT_ONCE = 100;
const STREAMS_PER_SESSION = 90;

const [namespace, labels] = process.argv.slice(2);
const kubeconfig = load(readFileSync(process.env["KUBECONFIG"]!, "utf8")) as {
  clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  users: [{ user: { "client-certificate-data": string; "client-key-data": string } }];
};
const { cluster } = kubeconfig.clusters[0];
const { user } = kubeconfig.users[0];
const bytes = (text: string) => Buffer.from(text, "base64");
const sessions: ClientHttp2Session[] = [];
for (let i = 0; i * STREAMS_PER_SESSION < AT_ONCE; i++)
  sessions.push(
    connect(cluster.server, {
      ca: bytes(cluster["certificate-authority-data"]),
      cert: bytes(user["client-certificate-data"]),
      key: bytes(user["client-key-data"]),
    }),
  );

const list = await new Promise<string>((resolve, reject) => {
  const parts: Buffer[] = [];
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(labels!)}`;
  const stream = sessions[0]!.request({ ":path": path, accept: "application/json" });
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.on("end", () => resolve(Buffer.concat(parts).toString()));
  stream.on("error", reject);
});
const names = (JSON.parse(list) as { items: { metadata: { name: string } }[] }).items.map(
  ({ metadata }) => metadata.name,
);

let next = 0;
await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => work(sessions[Math.floor(i / STREAMS_PER_SESSION)]!)));
for (const session of sessions) session.close();

async function work(session: ClientHttp2Session): Promise<void> {
  for (let name = names[next++]; name !== undefined; name = names[next++]) {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?timestamps=true`;
    await new Promise((resolve, reject) => {
      const stream = session.request({ ":path": path });
      stream.on("data", (part: Buffer) => writeSync(1, part));
      stream.on("end", resolve);
      stream.on("error", reject);
    });
  }
}
