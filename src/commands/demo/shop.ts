// The demo's services: a small shop whose requests pass through several pods, each with a log format of its own.
import type { Chance } from "./chance.ts";

export interface DemoContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
}

/** What one container writes at one moment; several lines where a stack trace follows. */
export interface DemoEntry {
  readonly container: DemoContainer;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  readonly lines: readonly string[];
  /** The container ends with it, and starts anew. */
  readonly dies?: boolean;
}

function container(namespace: string, pod: string, uid: string, name: string): DemoContainer {
  return { namespace, pod, uid: `${uid}0000-5a1e-4c0d-9d3e-7c4f00000000`.slice(0, 36), container: name };
}

export const WEB = [
  container("shop", "web-6d8f7c9b54-k2x9p", "a1c4", "nginx"),
  container("shop", "web-6d8f7c9b54-tm7wq", "a1c5", "nginx"),
] as const;
export const CHECKOUT = container("shop", "checkout-7c5d9f4b8-zl4vn", "b2d7", "app");
export const PAYMENT = container("pay", "payment-5f7b6d8c9-q8hxs", "c3e8", "app");
export const CATALOG = container("shop", "catalog-84b7c6d5f-9wnjd", "d4f9", "app");
export const POSTGRES = container("data", "postgres-0", "e5a1", "postgres");
export const REPORT = container("batch", "report-7d4c8b6f5-xk3rm", "f6b2", "worker");

export const CONTAINERS: readonly DemoContainer[] = [...WEB, CHECKOUT, PAYMENT, CATALOG, POSTGRES, REPORT];

/** A card gateway that stops answering for a while: what the demo's searches find. */
export interface Incident {
  readonly from: number;
  readonly to: number;
}

const ITEMS = ["teapot", "lamp", "kettle", "notebook", "umbrella", "backpack", "candle", "mug"] as const;
const CARDS = ["visa", "mastercard", "amex"] as const;
const AGENTS = ["Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (Macintosh)", "okhttp/4.12.0", "curl/8.9.1"] as const;

/** One visitor's request at `at`, with all that the services write about it. Entries are in the order of time. */
export function visit(at: number, chance: Chance, incident: Incident): DemoEntry[] {
  return chance.next() < 0.3 ? order(at, chance, incident) : browse(at, chance);
}

function browse(at: number, chance: Chance): DemoEntry[] {
  const item = chance.pick(ITEMS);
  const ms = 2 + chance.below(30);
  const missing = chance.next() < 0.03;
  const status = missing ? 404 : 200;
  const level = missing ? "warn" : chance.next() < 0.3 ? "debug" : "info";
  const seen = missing ? "no such item" : level === "debug" ? "cache hit" : "item served";
  const text = `${iso(at + ms)} level=${level} msg="${seen}" item=${item} ms=${ms} rows=${missing ? 0 : 1 + chance.below(20)}`;
  return [
    { container: CATALOG, at: at + ms, stream: "stdout", lines: [text] },
    access(at + ms + 1, `GET /items/${item}`, status, ms + 1, chance),
  ];
}

function order(at: number, chance: Chance, incident: Incident): DemoEntry[] {
  const trace = chance.hex(16);
  const id = `order-${chance.hex(4)}`;
  const amount = (5 + chance.next() * 195).toFixed(2);
  const down = at >= incident.from && at < incident.to && chance.next() < 0.7;
  const took = down ? 3000 + chance.below(40) : 40 + chance.below(160);
  const paid = at + 8 + took;
  const done = paid + 5;
  const entries: DemoEntry[] = [
    {
      container: CHECKOUT,
      at: at + 3,
      stream: "stdout",
      lines: [
        JSON.stringify({
          time: iso(at + 3),
          level: "info",
          msg: "order received",
          trace,
          order: id,
          items: 1 + chance.below(5),
          amount: Number(amount),
        }),
      ],
    },
    { container: POSTGRES, at: at + 6, stream: "stderr", lines: [statement(at + 6, id, chance)] },
  ];
  entries.push(down ? refused(paid, trace, id, took) : charged(paid, trace, id, amount, chance));
  const answer = down
    ? { level: "error", msg: "payment failed: gateway timeout", status: 502 }
    : { level: "info", msg: "order placed", status: 201 };
  entries.push({
    container: CHECKOUT,
    at: done,
    stream: down ? "stderr" : "stdout",
    lines: [JSON.stringify({ time: iso(done), ...answer, trace, order: id, ms: done - at })],
  });
  entries.push(access(done + 1, "POST /orders", answer.status, done - at, chance));
  return entries;
}

function charged(at: number, trace: string, order: string, amount: string, chance: Chance): DemoEntry {
  const text = `${clock(at)} INFO  [http-nio-8080-exec-${1 + chance.below(8)}] shop.payment.Gateway - charged ${amount} EUR card=${chance.pick(CARDS)} order=${order} trace=${trace}`;
  return { container: PAYMENT, at, stream: "stdout", lines: [text] };
}

function refused(at: number, trace: string, order: string, ms: number): DemoEntry {
  return {
    container: PAYMENT,
    at,
    stream: "stderr",
    lines: [
      `${clock(at)} ERROR [http-nio-8080-exec-3] shop.payment.Gateway - charge failed after ${ms} ms order=${order} trace=${trace}`,
      "java.net.SocketTimeoutException: Read timed out",
      "\tat java.base/java.net.Socket.read(Socket.java:312)",
      "\tat shop.payment.Gateway.charge(Gateway.java:88)",
      "\tat shop.payment.Orders.pay(Orders.java:41)",
      "Caused by: java.io.IOException: connection to cards.example:443 was reset",
      "\t... 12 more",
    ],
  };
}

function access(at: number, request: string, status: number, ms: number, chance: Chance): DemoEntry {
  const address = `10.0.${chance.below(8)}.${1 + chance.below(250)}`;
  const line = `${address} - - [${commonTime(at)}] "${request} HTTP/1.1" ${status} ${200 + chance.below(9000)} "-" "${chance.pick(AGENTS)}" rt=${(ms / 1000).toFixed(3)}`;
  return { container: chance.pick(WEB), at, stream: "stdout", lines: [line] };
}

function statement(at: number, order: string, chance: Chance): string {
  const ms = (chance.next() < 0.02 ? 800 + chance.next() * 900 : chance.next() * 12).toFixed(3);
  return `${iso(at).replace("T", " ").replace("Z", " UTC")} [${100 + chance.below(20)}] LOG:  duration: ${ms} ms  statement: INSERT INTO orders (id, state) VALUES ('${order}', 'new')`;
}

/** The report worker counts up, and now and then falls over a bad row: it dies and is started again. */
export function reportStep(at: number, step: number, chance: Chance): DemoEntry {
  if (step % 40 === 39) {
    return {
      container: REPORT,
      at,
      stream: "stderr",
      dies: true,
      lines: [
        "Traceback (most recent call last):",
        '  File "/app/report.py", line 57, in <module>',
        "    main()",
        '  File "/app/report.py", line 31, in main',
        "    total += Decimal(row['amount'])",
        "decimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]",
      ],
    };
  }
  const warns = chance.next() < 0.1;
  const text = warns
    ? `${clock(at)},${ms(at)} WARNING report: row ${step * 250} has no currency, using EUR`
    : `${clock(at)},${ms(at)} INFO report: ${step * 250} rows summed`;
  return { container: REPORT, at, stream: "stdout", lines: [text] };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function clock(at: number): string {
  return iso(at).slice(0, 19).replace("T", " ");
}

function ms(at: number): string {
  return iso(at).slice(20, 23);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** `21/Nov/2026:18:02:48 +0000`, as web servers have it. */
function commonTime(at: number): string {
  const text = iso(at);
  return `${text.slice(8, 10)}/${MONTHS[Number(text.slice(5, 7)) - 1]}/${text.slice(0, 4)}:${text.slice(11, 19)} +0000`;
}
