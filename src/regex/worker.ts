// The thread that runs regular expressions which may run away. It answers through a port and wakes its owner, who waits, through
// shared memory; it has no event loop of its own, and is ended from outside.
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { spansOf } from "./spans.ts";
import { ANSWERS, type Answer, REQUESTS, type Request, type WorkerStart } from "./worker-messages.ts";

const { shared, port } = workerData as WorkerStart;
const words = new Int32Array(shared);
const compiled = new Map<string, RegExp>();

// The first answer, to no request, says that the thread runs: its start does not count as a pattern's time.
for (let answered = 0; ; answered++) {
  Atomics.store(words, ANSWERS, answered + 1);
  Atomics.notify(words, ANSWERS);
  // A notification that comes late, after its request was seen, wakes without a new one.
  while (Atomics.load(words, REQUESTS) === answered) Atomics.wait(words, REQUESTS, answered);
  port.postMessage(answer(receiveMessageOnPort(port)?.message as Request));
}

function answer({ source, flags, text, all }: Request): Answer {
  const key = `${flags}/${source}`;
  let regex = compiled.get(key);
  if (regex === undefined) {
    regex = new RegExp(source, flags);
    compiled.set(key, regex);
  }
  return all ? spansOf(regex, text) : regex.test(text);
}
