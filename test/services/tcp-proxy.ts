// A TCP proxy to put between klog and a server: tests cut or freeze the network with it.
import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  /** On 127.0.0.1. */
  port: number;
  /** Connections open now. */
  readonly open: number;
  /** Connections accepted so far: tells reconnecting apart from waiting. */
  readonly accepted: number;
  /** Resets every open connection; new ones go through. */
  cutAll(): void;
  /** No byte passes any more and no connection ends, like a cable pulled out; new connections hang, too. */
  stall(): void;
  resume(): void;
  close(): Promise<void>;
}

export async function startTcpProxy({
  targetPort,
  targetHost = "127.0.0.1",
}: {
  targetPort: number;
  targetHost?: string;
}): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let stalled = false;
  let accepted = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    accepted++;
    const target = connect({ port: targetPort, host: targetHost, allowHalfOpen: true });
    client.setNoDelay(true);
    target.setNoDelay(true);
    const pair = [client, target] as const;
    pairs.add(pair);
    for (const [side, other] of [pair, [target, client] as const]) {
      side.on("error", () => reset(other)); // a failed side must look failed to the other, not finished
      side.on("close", () => {
        pairs.delete(pair);
        if (!stalled && !other.writableEnded) other.destroy();
      });
    }
    if (!stalled) join(pair);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  const cutAll = () => {
    for (const pair of pairs) for (const side of pair) reset(side);
    pairs.clear();
  };
  return {
    port: address.port,
    get open() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    cutAll,
    stall() {
      stalled = true;
      for (const [client, target] of pairs) {
        client.unpipe(target); // unpiping pauses the reader, so its end is not seen either
        target.unpipe(client);
      }
    },
    resume() {
      if (!stalled) return;
      stalled = false;
      for (const pair of pairs) join(pair);
    },
    close() {
      cutAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function join([client, target]: readonly [Socket, Socket]): void {
  client.pipe(target);
  target.pipe(client);
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
