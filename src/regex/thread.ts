// Runs one expression on one text in the worker thread, waiting for the answer no longer than allowed.
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { ANSWERS, type Answer, REQUESTS, type Request, SHARED_WORDS, type WorkerStart } from "./worker-messages.ts";

/** A thread starts in 50 ms; on a machine that is this busy something else is wrong. */
const START_LIMIT_MS = 15_000;

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly words: Int32Array;
  answers: number;
}

let thread: Thread | undefined;

/** The answer; undefined when it did not come in time: the thread is ended then, since nothing else stops an expression. */
export function runInThread(request: Request, limitMs: number): Answer | undefined {
  thread ??= startThread();
  const { port, words, answers } = thread;
  port.postMessage(request);
  Atomics.add(words, REQUESTS, 1);
  Atomics.notify(words, REQUESTS);
  if (!changes(words, answers, limitMs)) {
    endThread();
    return undefined;
  }
  thread.answers = answers + 1;
  return receiveMessageOnPort(port)?.message as Answer | undefined;
}

/** Ends the thread; the next expression that needs one starts another. */
export function endThread(): void {
  if (thread === undefined) return;
  thread.port.close();
  // Nobody needs to wait for the end of a thread that does nothing of use any more.
  thread.worker.terminate().catch(() => undefined);
  thread = undefined;
}

function startThread(): Thread {
  const { port1: port, port2 } = new MessageChannel();
  const shared = new SharedArrayBuffer(SHARED_WORDS * Int32Array.BYTES_PER_ELEMENT);
  const workerData: WorkerStart = { shared, port: port2 };
  const worker = new Worker(workerUrl(import.meta.url), { workerData, transferList: [port2], execArgv: [] });
  worker.unref();
  port.unref();
  worker.on("error", () => {
    if (thread?.worker === worker) thread = undefined;
  });
  const words = new Int32Array(shared);
  const started: Thread = { worker, port, words, answers: 1 };
  if (changes(words, 0, START_LIMIT_MS)) return started;
  thread = started;
  endThread();
  throw new Error(`the thread for regular expressions did not start within ${START_LIMIT_MS / 1000} s`);
}

/** Waits until the number of answers is another; false when it still is not after `limitMs`. */
function changes(words: Int32Array, answers: number, limitMs: number): boolean {
  const end = performance.now() + limitMs;
  // The notification of an answer that was seen already may come late, and wakes without a new one.
  while (Atomics.load(words, ANSWERS) === answers) {
    const left = end - performance.now();
    if (left <= 0) return false;
    Atomics.wait(words, ANSWERS, answers, left);
  }
  return true;
}

/** Beside this file when run from source; in the bundle this code may lie in dist/ or in a chunk under it. */
function workerUrl(here: string): URL {
  if (here.endsWith(".ts")) return new URL("./worker.ts", here);
  return new URL(/\/chunks\/[^/]*$/.test(here) ? "../regex-worker.js" : "./regex-worker.js", here);
}
