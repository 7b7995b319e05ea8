// What benches of long follows share: memory and CPU once a second, whether memory is flat, and when an output file is complete.
import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import { waitFor } from "../test/services/cluster.ts";
import type { RunningProgram, Sample } from "./measure.ts";
import { median } from "./report.ts";

/** Samples a program until stopped. */
export function sampleEachSecond(program: RunningProgram): { readonly samples: Sample[]; stop(): void } {
  const samples = [program.sample()];
  const timer = setInterval(() => samples.push(program.sample()), 1000);
  return {
    samples,
    stop: () => {
      clearInterval(timer);
      samples.push(program.sample());
    },
  };
}

/** Memory is flat when it grows by no more than this. */
export const GROWTH_BAR = 1.1;

/** Share of a core between the first and the last sample. */
export function cpuShare(samples: readonly Sample[]): number {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  return (last.cpu - first.cpu) / ((last.at - first.at) / 1000);
}

/** The median of the last quarter over that of the second: the first is where a garbage collector finds its size. */
export function memoryGrowth(samples: readonly Sample[]): number {
  const quarter = (n: number) =>
    median(samples.slice(Math.floor((samples.length * n) / 4), Math.ceil((samples.length * (n + 1)) / 4)).map(rssOf));
  return quarter(3) / quarter(1);
}

/** At most twelve of the samples, as rows of seconds, MB and CPU seconds. */
export function rowsOf(samples: readonly Sample[]): string[][] {
  const step = Math.ceil(samples.length / 12);
  const first = samples[0]!;
  return samples
    .filter((_, i) => i % step === 0 || i === samples.length - 1)
    .map(({ at, rss, cpu }) => [((at - first.at) / 1000).toFixed(0), rss.toFixed(0), (cpu - first.cpu).toFixed(2)]);
}

/** Waits until a file ends with a line that matches. */
export async function endsWith(file: string, line: RegExp, timeoutMs: number): Promise<void> {
  await waitFor(`${line} at the end of ${file}`, async () => (line.test(await lastBytes(file)) ? true : undefined), {
    timeoutMs,
    everyMs: 200,
  });
}

/** Waits until a file has not grown for as long. */
export async function stopsGrowing(file: string, quietMs: number): Promise<void> {
  let size = -1;
  let since = performance.now();
  await waitFor(`${file} to stop growing`, async () => {
    const now = statSync(file).size;
    if (now !== size) since = performance.now();
    size = now;
    return performance.now() - since >= quietMs ? true : undefined;
  });
}

async function lastBytes(file: string): Promise<string> {
  await using handle = await open(file, "r");
  const { size } = await handle.stat();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, Math.max(0, size - 4096));
  return buffer.toString("latin1", 0, bytesRead);
}

function rssOf(sample: Sample): number {
  return sample.rss;
}
