// Which part of a container's log is read, with kubectl's answer as the measure.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "./support/lab.ts";
import { STAY, scriptPod } from "./support/pods.ts";

/** A little shorter than the file that the kubelet rotates away. */
const LONG_LINE = 9_961_472;
const MEBIBYTE = 1024 * 1024;

let lab: Lab;

interface StampedLine {
  /** RFC 3339 with nanoseconds, in UTC. */
  readonly time: string;
  readonly text: string;
}

beforeAll(async () => {
  lab = await Lab.open("window");
  await lab.applyMix("hello", "restarted", "finished");
  await lab.apply(
    scriptPod("forty", {
      run: `i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo "line $i"; sleep 0.1; done; echo end; ${STAY}`,
    }),
    scriptPod("long", {
      run: `echo before; head -c ${LONG_LINE} /dev/zero | tr '\\0' y; echo; echo after; ${STAY}`,
    }),
  );
  await lab.apply(
    scriptPod("wide", {
      run: `i=0; while [ $i -lt 20 ]; do i=$((i+1)); printf "$i "; head -c 450000 /dev/zero | tr '\\0' z; echo; done; ${STAY}`,
    }),
  );
  await lab.podIs("restarted", "restarted once", ({ status }) => {
    const [main] = status.containerStatuses ?? [];
    return main?.restartCount === 1 && main.state?.running !== undefined;
  });
  await lab.finished("finished");
  await lab.runs("hello");
  await written("forty", /end$/m);
  await written("long", /after$/m);
  await written("wide", /^20 z/);
});

afterEach(() => lab.stopAll());

afterAll(() => lab?.close());

/** Waits until the end of a pod's log matches. */
async function written(pod: string, end: RegExp): Promise<void> {
  await lab.podIs(pod, "running", ({ status }) => status.phase === "Running");
  const process = lab.follow([`pod/${pod}`, "--tail", "-1", "-o", "raw", "--max-line-bytes", "1KiB"]);
  await process.line(end);
  await process.interrupt();
}

/** What kubectl shows of `forty`. */
async function oracle(): Promise<StampedLine[]> {
  const text = await lab.kubectl(["logs", "forty", "--timestamps"]);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, time = "", message = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
      return { time, text: message };
    });
}

async function raw(...args: string[]): Promise<string[]> {
  const process = await lab.tail(["-o", "raw", ...args]);
  expect(process.stderr).not.toMatch(/warning/);
  expect(process.code).toBe(0);
  return process.lines;
}

describe("how many lines", () => {
  test("are ten without a window flag, and a note says that there are more", async () => {
    const process = await lab.tail(["pod/forty", "-o", "raw"]);
    expect(process.lines).toEqual([...lineTexts(32, 40), "end"]);
    expect(process.stderr).toMatch(/note: the last 10 lines of each container; older lines exist: --tail -1/);
  });

  test("are said to be all where the container has no more", async () => {
    const process = await lab.tail(["pod/finished", "-o", "raw"]);
    expect(process.lines).toEqual(["1", "2", "3", "4", "5"]);
    expect(process.stderr).not.toContain("older lines");
  });

  test("are those of --tail, counted from the end; -1 is all", async () => {
    expect(await raw("pod/forty", "--tail", "3")).toEqual(["line 39", "line 40", "end"]);
    expect(await raw("pod/forty", "--tail=-1")).toEqual([...lineTexts(1, 40), "end"]);
  });

  test("are those of --head, counted from the beginning, and klog ends by itself", async () => {
    const process = await lab.klog(["tail", "-n", lab.namespace, "pod/forty", "--head", "3", "-o", "raw"]);
    expect(process.lines).toEqual(lineTexts(1, 3));
    expect(process.code).toBe(0);
  });

  test("end with the one at which --limit-bytes is reached, and the cut is told beside them", async () => {
    const process = await lab.tail(["pod/forty", "--tail", "-1", "--limit-bytes", "30", "-o", "raw"]);
    expect(process.lines.length).toBeGreaterThanOrEqual(4);
    expect(process.lines).toEqual(lineTexts(1, process.lines.length));
    expect(process.lines.length).toBeLessThanOrEqual(5);
    expect(process.stderr).toMatch(/forty.*limit|limit.*forty/);
  });

  test("of --tail 0 are only the new ones, but a pod born later is read from its first line", async () => {
    const process = lab.follow(["hello|newborn", "--tail", "0", "-o", "raw", "--prefix=none"]);
    await process.line(/^out \d+$/);
    expect(Number(/\d+/.exec(process.lines[0]!)![0])).toBeGreaterThan(1);
    await lab.apply(scriptPod("newborn", { run: `echo first cry; echo second cry; ${STAY}` }));
    await process.line(/^second cry$/);
    expect(process.lines).toContain("first cry");
  });
});

describe("times", () => {
  test("of --since-time and --until bound the lines to the nanosecond", async () => {
    const all = await oracle();
    const [from, to] = [all[10]!, all[20]!];
    const between = await raw("pod/forty", "--since-time", from.time, "--until", to.time);
    expect(between).toEqual(all.slice(10, 21).map(({ text }) => text));
    expect(await raw("pod/forty", "--since", from.time)).toEqual(all.slice(10).map(({ text }) => text));
    expect(await raw("pod/forty", "--until", to.time)).toEqual(all.slice(0, 21).map(({ text }) => text));
  });

  test("can be given in a zone and without a date's time", async () => {
    expect(await raw("pod/forty", "--since-time", "yesterday 14:00", "--tail", "2")).toEqual(["line 40", "end"]);
    const from = (await oracle())[30]!;
    const inIndia = new Date(Date.parse(from.time) + 5.5 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
    const lines = await raw("pod/forty", "--since", inIndia, "--timezone", "Asia/Kolkata");
    const second = from.time.slice(0, 19);
    const expected = (await oracle()).filter(({ time }) => time.slice(0, 19) >= second);
    expect(lines).toEqual(expected.map(({ text }) => text));
  });

  test("of a duration reach that far back", async () => {
    await lab.follow(["pod/hello"]).line(/ out ([89]\d|\d{3,})$/); // the pod has been writing for more than 16 s
    const asked = Date.now();
    const process = await lab.tail(["pod/hello", "--since", "10s", "-t", "-o", "raw", "--timezone", "UTC"]);
    const times = process.lines.map((line) => Date.parse(line.split(" ")[0]!));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(asked - 11_500);
    expect(Math.min(...times)).toBeLessThan(asked - 8_000);
  });

  test("of the past bound both sides, and klog ends without --no-follow", async () => {
    const asked = Date.now();
    const args = ["pod/hello", "--since", "now-5s", "--until", "now-3s", "-t", "-o", "raw", "--timezone", "UTC"];
    const process = await lab.klog(["tail", "-n", lab.namespace, ...args]);
    const times = process.lines.map((line) => Date.parse(line.split(" ")[0]!));
    expect(process.code).toBe(0);
    expect(times.length).toBeGreaterThan(10);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(asked - 5_000);
    expect(Math.max(...times)).toBeLessThanOrEqual(asked + 1_500 - 3_000);
  });

  test("of an end that is still to come let klog follow until then", async () => {
    const started = Date.now();
    const args = ["pod/hello", "--until", "+3s", "--tail", "1", "-t", "-o", "raw", "--timezone", "UTC"];
    const process = await lab.klog(["tail", "-n", lab.namespace, ...args]);
    const last = Date.parse(process.lines.at(-1)!.split(" ")[0]!);
    expect(process.code).toBe(0);
    expect(last).toBeGreaterThan(started + 2_000);
    expect(last).toBeLessThan(started + 5_000);
  });

  test("in front of lines are the server's own, in the style and zone that was asked for", async () => {
    const last = (await oracle()).at(-1)!;
    const shown = async (...args: string[]) => (await raw("pod/forty", "--tail", "1", ...args))[0];
    expect(await shown("-t", "--timezone", "UTC")).toBe(`${last.time} end`);
    const [, month, day, clock, millis] = /^\d+-(\d\d)-(\d\d)T([\d:]{8})\.(\d{3})/.exec(last.time)!;
    expect(await shown("-t=short", "--timezone", "UTC")).toBe(`${month}-${day} ${clock} end`);
    expect(await shown("--timestamps=%H:%M:%S.%3N", "--timezone", "UTC")).toBe(`${clock}.${millis} end`);
    expect(await shown("-t=relative")).toMatch(/^\S+( ago)? end$/);
    expect(await shown("-t", "--timezone", "Asia/Kolkata")).toMatch(/^\S+\.\d{9}\+05:30 end$/);
    const local = await lab.tail(["pod/forty", "--tail", "1", "-t", "-o", "raw"], { env: { TZ: "Asia/Kolkata" } });
    expect(local.lines[0]).toMatch(/\+05:30 end$/);
    const deltas = await raw("pod/forty", "--tail", "3", "-t=delta");
    expect(deltas.slice(1)).toEqual([
      expect.stringMatching(/^\+0\.\d+ line 40$/),
      expect.stringMatching(/^\+0\.\d+ end$/),
    ]);
  });

  test("that leave nothing are an error that says so", async () => {
    const process = await lab.tail(["pod/forty", "--since", "1m", "--until", "5m"]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("before it begins");
  });
});

describe("--previous", () => {
  test("reads the instance before the last restart of every container that has one, and counts the others", async () => {
    const process = await lab.klog(["tail", "-n", lab.namespace, "--previous"]);
    expect(process.lines).toEqual(["restarted main first life", "restarted main dying now"]);
    expect(process.stderr).toMatch(/\d+ containers have no previous instance/);
    expect(process.code).toBe(0);
  });

  test("of containers that never restarted says that", async () => {
    const process = await lab.klog(["tail", "-n", lab.namespace, "pod/finished", "-p"]);
    expect(process.stdout).toBe("");
    expect(process.stderr).toMatch(/1 container never restarted/);
  });
});

describe("--stream", () => {
  test("on a server without the feature is one clear error, also when klog would follow", async () => {
    for (const follow of ["--follow", "--no-follow"]) {
      const process = await lab.klog(["tail", "-n", lab.namespace, "pod/hello", "--stream", "stderr", follow]);
      expect(process).toMatchObject({ code: 2, stdout: "" });
      expect(process.stderr).toContain("--stream");
      expect(process.stderr).toContain("PodLogsQuerySplitStreams");
      expect(process.stderr).not.toContain("nothing has been written");
    }
  });
});

describe("a line of nearly 10 MiB", () => {
  test("is cut to 1 MiB, the cut is marked and counted, and its neighbours are there", async () => {
    const process = await lab.tail(["pod/long", "--tail", "-1", "-o", "raw", "--stats"]);
    expect(process.lines).toHaveLength(3);
    expect(process.lines[0]).toBe("before");
    expect(process.lines[1]!.slice(0, MEBIBYTE)).toBe("y".repeat(MEBIBYTE));
    expect(process.lines[1]!.slice(MEBIBYTE)).toBe(` [klog: ${LONG_LINE - MEBIBYTE} bytes cut]`);
    expect(process.lines[2]).toBe("after");
    expect(process.stderr).toMatch(
      new RegExp(`cut +1 lines? longer than --max-line-bytes, ${LONG_LINE - MEBIBYTE} bytes`),
    );
  });

  test("is whole with a larger --max-line-bytes", async () => {
    const process = await lab.tail(["pod/long", "--tail", "-1", "-o", "raw", "--max-line-bytes", "11MiB"]);
    expect(process.lines.map((line) => line.length)).toEqual([6, LONG_LINE, 5]);
    expect(process.lines[1]).toBe("y".repeat(LONG_LINE));
  });

  test("tells programs how much is missing", async () => {
    const process = await lab.tail(["pod/long", "--tail", "-1", "-o", "jsonl", "--max-line-bytes", "1KiB"]);
    const records = process.lines.map((line) => JSON.parse(line) as { message: string; cut_bytes?: number });
    expect(records.map(({ cut_bytes }) => cut_bytes)).toEqual([undefined, LONG_LINE - 1024, undefined]);
    expect(records[1]!.message).toBe("y".repeat(1024));
  });
});

describe("a read that ends too early", () => {
  test("as if it were complete, in the middle of a line, is gone on with", async () => {
    const process = lab.follow(["pod/wide", "--no-follow", "--tail", "-1", "-o", "raw"]);
    await process.until("the first line", () => process.chunks.length > 0);
    // Now the kubelet is held back in the middle of the log.
    process.child.stdout!.pause();
    await lab.cluster.bounce("kubelet", { downSeconds: 1 });
    process.child.stdout!.resume();
    expect(await process.exited).toBe(0);
    expect(process.lines.map((line) => line.replace(/z+$/, "z"))).toEqual(
      Array.from({ length: 20 }, (_, i) => `${i + 1} z`),
    );
    expect(new Set(process.lines.map((line) => line.replace(/^\d+ /, "").length))).toEqual(new Set([450_000]));
  });
});

describe("a container's life", () => {
  test("that says one thing and then is silent is shown at once", async () => {
    const process = lab.follow(["^laconic$"]);
    await process.until("klog to look", () => /klog: note/.test(process.stderr));
    await lab.apply(scriptPod("laconic", { run: `echo that is all; ${STAY}` }));
    await process.line(/^laconic main that is all$/, 20_000);
  });

  test("that ends with an exit code is told by a card behind its last line", async () => {
    const process = lab.follow(["^dying$", "--markers", "stdout"]);
    await lab.apply(scriptPod("dying", { run: "echo last words; sleep 1; exit 7", restartPolicy: "Always" }));
    const card = await process.line(/^===/);
    expect(card).toMatch(/dying\/main/);
    expect(card).toMatch(/exit code 7/);
    expect(card).toMatch(/Error/);
    expect(process.lines.indexOf(card)).toBe(process.lines.indexOf("dying main last words") + 1);
  });

  test("that ends by lack of memory is told with the reason and the signal's number", async () => {
    const process = lab.follow(["^hungry$", "--markers", "stdout"]);
    await lab.apply(scriptPod("hungry", { run: "echo filling; exec tail /dev/zero", memory: "16Mi" }));
    const card = await process.line(/^===.*hungry/);
    expect(card).toContain("OOMKilled");
    expect(card).toContain("exit code 137");
  });

  test("is told between the lines with --events: scheduled, started, killed", async () => {
    const process = lab.follow(["^eventful$", "--events", "--markers", "stdout"]);
    await process.until("klog to look", () => /klog: note/.test(process.stderr));
    await lab.apply(scriptPod("eventful", { run: `echo here; ${STAY}` }));
    await process.line(/^eventful main here$/);
    await process.line(/Started .*eventful/);
    await lab.kubectl(["delete", "pod", "eventful"]);
    // It comes when the pod itself, which has no time to say goodbye, is deleted already.
    await process.line(/Killing .*eventful/, 20_000);
    const events = process.lines.filter((line) => line.startsWith("***"));
    expect(events).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/Normal Scheduled \S*pod\/eventful: /),
        expect.stringMatching(/Normal Created \S*pod\/eventful: /),
        expect.stringMatching(/Normal Started \S*pod\/eventful: /),
        expect.stringMatching(/Normal Killing \S*pod\/eventful: /),
      ]),
    );
    expect(new Set(events).size).toBe(events.length);
  });
});

describe("--stats", () => {
  test("accounts for every line", async () => {
    const process = await lab.tail(["pod/forty", "--tail", "-1", "--stats", "-i", "line 1"]);
    expect(process.lines).toHaveLength(11);
    expect(process.stderr).toMatch(/received +41 lines/);
    expect(process.stderr).toMatch(/shown +11$/m);
    expect(process.stderr).toMatch(/filtered +30$/m);
    expect(process.stderr).toMatch(/dropped +0$/m);
    expect(process.stderr).toMatch(/gaps +0$/m);
  });

  test("does not take the age of old lines for a wrong clock of their node", async () => {
    const process = await lab.tail(["pod/finished", "--stats"]);
    expect(process.stderr).toMatch(/received +5 lines/);
    expect(process.stderr).not.toMatch(/clock of/);
  });
});

function lineTexts(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);
}
