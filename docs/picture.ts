// Makes docs/klog-tail.svg: runs klog on a real terminal against the cluster that KUBECONFIG names, and draws its screen.
// `node docs/picture.ts` makes the namespace `shop` and deletes it again. KLOG_TEST_KUBECTL names a kubectl.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { spawn } from "@lydell/node-pty";
import xterm, { type IBufferCell, type Terminal } from "@xterm/headless";

const COLUMNS = 110;
const ROWS = 26;
const NAMESPACE = "shop";
const WORDS = ["tail", "checkout", "payment", "agent", "crasher", "-n", NAMESPACE, "--since", "2s"];
const TIME_LIMIT_MS = 60_000;

const root = join(import.meta.dirname, "..");
const mix = join(root, "test", "services", "manifests", "mix.yaml");
const kubectlPath = process.env["KLOG_TEST_KUBECTL"] ?? "kubectl";

/** What the pods of mix.yaml do not have: JSON lines of two levels, and a stack trace between logfmt lines. */
const SHOP = [
  deployment(
    "checkout",
    2,
    `i=$(($(od -An -N1 -tu1 /dev/urandom) % 40))
    while :; do
      i=$((i+1))
      echo '{"level":"info","msg":"order placed","order":'$((4100+i))',"total":'$((i*37%90+9))'.90,"ms":'$((i*53%70+11))'}'
      sleep 3
      echo '{"level":"warn","msg":"payment slow","order":'$((4100+i))',"ms":'$((i*131%900+1200))'}'
      sleep 2
    done`,
  ),
  deployment(
    "payment",
    1,
    `while :; do
      echo 'level=info msg="card charged" amount=42.90 card=visa ms=31'
      sleep 3
      echo 'ERROR PaymentService - charge failed'
      echo 'java.net.SocketTimeoutException: Read timed out'
      echo '    at java.base/java.net.Socket.read(Socket.java:312)'
      echo '    at shop.payment.Gateway.charge(Gateway.java:88)'
      echo '    at shop.payment.Orders.pay(Orders.java:41)'
      sleep 6
    done`,
  ),
];

function deployment(name: string, replicas: number, script: string): object {
  const image = { image: "busybox:test", imagePullPolicy: "Never" };
  const containers = [{ name: "app", ...image, command: ["sh", "-c", script] }];
  const template = { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 0, containers } };
  const spec = { replicas, selector: { matchLabels: { app: name } }, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec };
}

async function makePicture(): Promise<void> {
  // Fails where the namespace is there already: then it is somebody's.
  await kubectl(["create", "namespace", NAMESPACE]);
  try {
    await kubectl(["wait", "serviceaccount/default", "--for=create", "-n", NAMESPACE, "--timeout=30s"]);
    await kubectl(["apply", "-n", NAMESPACE, "-f", mix, "-l", "app in (agent, crasher)"]);
    await kubectl(["apply", "-n", NAMESPACE, "-f", "-"], { apiVersion: "v1", kind: "List", items: SHOP });
    await kubectl(["rollout", "status", "-n", NAMESPACE, "ds/agent", "deploy/checkout", "deploy/payment"]);
    // From here the kubelet waits ten seconds before it starts the container again: that falls into the picture.
    const restarts = "jsonpath={.status.containerStatuses[0].restartCount}=1";
    await kubectl(["wait", "pod/crasher", `--for=${restarts}`, "-n", NAMESPACE, "--timeout=60s"]);
    const svg = drawing(await firstScreen(), `klog ${WORDS.join(" ")}`);
    await writeFile(join(root, "docs", "klog-tail.svg"), svg);
    process.stdout.write(`docs/klog-tail.svg: ${Buffer.byteLength(svg)} bytes\n`);
  } finally {
    await kubectl(["delete", "namespace", NAMESPACE, "--wait=false"]);
  }
}

async function kubectl(args: readonly string[], manifest?: object): Promise<unknown> {
  const running = promisify(execFile)(kubectlPath, args);
  running.child.stdin?.end(manifest === undefined ? "" : JSON.stringify(manifest));
  return running;
}

/** klog's screen at the moment when it is full. */
async function firstScreen(): Promise<Terminal> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const { PATH, HOME, KUBECONFIG } = process.env;
  const env = { PATH, HOME, KUBECONFIG, TERM: "xterm-256color", COLORTERM: "truecolor", KLOG_CONFIG: "/dev/null" };
  const klog = spawn(process.execPath, [join(root, "bin", "klog.js"), ...WORDS], { cols: COLUMNS, rows: ROWS, env });
  const full = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the screen did not fill in time")), TIME_LIMIT_MS);
    terminal.onLineFeed(() => {
      if (terminal.buffer.active.cursorY < ROWS - 1) return;
      clearTimeout(timer);
      resolve();
    });
    klog.onExit(({ exitCode }) => reject(new Error(`klog ended with ${exitCode}`)));
  });
  klog.onData((data) => terminal.write(data));
  try {
    await full;
    return terminal;
  } finally {
    klog.kill();
  }
}

const CELL = { width: 8.4, height: 19 };
const MARGIN = { left: 16, top: 60, bottom: 6 };
const BACKGROUND = "#12161e";
const FOREGROUND = "#cdd3de";
const DIM = "#7d8796";
const PALETTE = [
  ...["#12161e", "#f2777a", "#8fd48a", "#f0c674", "#7aa6f0", "#c792ea", "#6fd0d8", "#cdd3de"],
  ...["#5c6672", "#ff8f92", "#a6e3a1", "#f9d98c", "#94bbff", "#d8b0f5", "#8ce2e8", "#ffffff"],
];

interface Run {
  readonly column: number;
  text: string;
  readonly fill: string;
  readonly isBold: boolean;
}

function drawing(terminal: Terminal, title: string): string {
  const width = Math.round(COLUMNS * CELL.width + 2 * MARGIN.left);
  const height = ROWS * CELL.height + MARGIN.top + MARGIN.bottom;
  const lights = ["#f2777a", "#f0c674", "#8fd48a"].map(
    (fill, i) => `<circle cx="${22 + 20 * i}" cy="19" r="6" fill="${fill}"/>`,
  );
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const y = MARGIN.top + CELL.height * row;
    return runsOf(terminal, row)
      .map((run) => drawnRun(run, y))
      .join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A terminal in which klog follows four workloads">
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:${FOREGROUND}}</style>
<rect width="${width}" height="${height}" rx="10" fill="${BACKGROUND}"/>
<path d="M0 38V10a10 10 0 0 1 10-10h${width - 20}a10 10 0 0 1 10 10v28z" fill="#1d232e"/>
${lights.join("")}<text x="${width / 2}" y="24" text-anchor="middle" style="fill:${DIM}">${escaped(title)}</text>
${rows.filter((row) => row !== "").join("\n")}
</svg>
`;
}

/** Neighbouring cells that look the same; blanks at the ends are not drawn. */
function runsOf(terminal: Terminal, row: number): Run[] {
  const line = terminal.buffer.active.getLine(row);
  const runs: Run[] = [];
  let current: Run | undefined;
  for (let column = 0; column < COLUMNS; column++) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const text = cell.getChars() || " ";
    const fill = fillOf(cell);
    const isBold = cell.isBold() !== 0;
    if (current !== undefined && (text === " " || (current.fill === fill && current.isBold === isBold))) {
      current.text += text;
    } else {
      current = text === " " ? undefined : { column, text, fill, isBold };
      if (current !== undefined) runs.push(current);
    }
  }
  return runs;
}

/** Its width is set, so that columns stay columns whatever font there is. */
function drawnRun({ column, text, fill, isBold }: Run, y: number): string {
  const shown = text.trimEnd();
  const x = (MARGIN.left + column * CELL.width).toFixed(1);
  const length = (shown.length * CELL.width).toFixed(1);
  const style = `${fill === FOREGROUND ? "" : `fill:${fill};`}${isBold ? "font-weight:bold" : ""}`;
  return `<text x="${x}" y="${y}" textLength="${length}"${style === "" ? "" : ` style="${style}"`}>${escaped(shown)}</text>`;
}

function fillOf(cell: IBufferCell): string {
  if (cell.isDim()) return DIM;
  if (cell.isFgRGB()) return `#${cell.getFgColor().toString(16).padStart(6, "0")}`;
  return cell.isFgPalette() ? (PALETTE[cell.getFgColor()] ?? FOREGROUND) : FOREGROUND;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

await makePicture();
