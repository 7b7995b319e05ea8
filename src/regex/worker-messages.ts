// What goes between klog and the thread that runs the regular expressions that are not proven harmless.
import type { MessagePort } from "node:worker_threads";

/** Whole words of the shared memory: how many requests were sent, and how many answers. */
export const REQUESTS = 0;
export const ANSWERS = 1;
export const SHARED_WORDS = 2;

export interface WorkerStart {
  readonly shared: SharedArrayBuffer;
  readonly port: MessagePort;
}

export interface Request {
  readonly source: string;
  readonly flags: string;
  readonly text: string;
  /** All matches are wanted, not only whether there is one. The expression then has the flag `g`. */
  readonly all: boolean;
}

/** Whether it matches; or start and end of every match, one after the other. */
export type Answer = boolean | number[];
