import { describe, expect, test } from "vitest";
import { Cursor } from "../../../src/sources/pods/cursor.ts";
import { type ModelLine, ModelLog, markOf } from "../../support/model-log.ts";
import { Random } from "../../support/random.ts";

const RUNS = 10_000;

interface Run {
  shown: number[];
  /** Index of the first line behind each gap marker, or the length of the log where nothing followed yet. */
  gaps: { afterShown: number; firstIndex: number | undefined }[];
  from: number;
}

/** Tails a model log over flapping connections, as container-tail does, but without time: each connection is one reply that may be cut. */
function tail(
  seed: number,
  start: "first" | { tail: number },
  options: { rotations: boolean; jitter: number },
): { log: ModelLog; run: Run } {
  const random = new Random(seed);
  const fromStart = start === "first";
  // Two identical lines of one nanosecond, one on each side of a seam, cannot be told apart by anybody: where the start or a
  // rotation makes such seams, the bodies differ.
  const repeatBodies = fromStart && !options.rotations;
  const log = new ModelLog(random, { equalTimes: 0.15, jitter: options.jitter, repeatBodies });
  log.write(random.below(60), random.pick([5, 40, 400]));
  const run: Run = {
    shown: [],
    gaps: [],
    from: fromStart ? 0 : Math.max(0, log.lines.length - (start as { tail: number }).tail),
  };
  const cursor = new Cursor({ fromFirstLine: fromStart });
  const take = (line: ModelLine) => {
    const mark = markOf(line);
    cursor.consume(mark.sec, mark.nsec, mark.hashA, mark.hashB);
    run.shown.push(line.index);
  };
  const gap = (first: ModelLine | undefined) => {
    run.gaps.push({ afterShown: run.shown.length, firstIndex: first?.index });
    cursor.reset();
  };

  const connections = 3 + random.below(6);
  for (let c = 0; c < connections; c++) {
    const last = c === connections - 1;
    const resumeAt = cursor.resumeAt;
    const reply = log.read(
      resumeAt !== undefined ? { sinceSec: resumeAt } : fromStart ? {} : { tail: log.lines.length - run.from },
    );
    // What is written while the connection is open follows; rotation under an open stream is read through by the kubelet.
    const before = log.lines.length;
    log.write(random.below(30), random.pick([5, 40, 400]));
    reply.push(...log.lines.slice(before));
    const cutAt = last || random.chance(0.3) ? reply.length : random.below(reply.length + 1);

    const alignment = resumeAt === undefined ? undefined : cursor.align();
    const held: ModelLine[] = [];
    let live = alignment === undefined || alignment.trivial;
    const settle = (verdict: { kind: string; seen?: number }) => {
      if (verdict.kind === "undecided") return;
      if (verdict.kind === "gap") gap(held[0]);
      for (const line of held.slice(verdict.seen ?? 0)) take(line);
      held.length = 0;
      live = true;
    };
    for (const line of reply.slice(0, cutAt)) {
      if (live) take(line);
      else {
        held.push(line);
        settle(alignment!.push(markOf(line)));
      }
    }
    if (!live && cutAt === reply.length) settle(alignment!.end());

    // Away: lines are written, and the file may be rotated more than once.
    if (!last) {
      log.write(random.below(25), random.pick([5, 40, 400, 1500]));
      if (options.rotations && random.chance(0.3)) {
        log.rotate();
        log.write(random.below(12), random.pick([5, 400]));
      }
    }
  }
  // A last complete read, so that all that is readable must have been shown.
  const alignment = cursor.align();
  const rest = log.read(
    cursor.resumeAt === undefined
      ? fromStart
        ? {}
        : { tail: log.lines.length - run.from }
      : { sinceSec: cursor.resumeAt },
  );
  let verdict: { kind: string; seen?: number } = { kind: "undecided" };
  for (const line of rest) {
    verdict = alignment.push(markOf(line));
    if (verdict.kind !== "undecided") break;
  }
  if (verdict.kind === "undecided") verdict = alignment.end();
  if (verdict.kind === "gap") gap(rest[0]);
  for (const line of rest.slice(verdict.seen ?? 0)) take(line);
  return { log, run };
}

function check({ log, run }: { log: ModelLog; run: Run }, seed: number): { falseGaps: number } {
  // What was rotated away before a first line was ever had leaves no trace in the API.
  let expected = run.gaps[0]?.afterShown === 0 ? run.from : Math.max(run.from, run.shown[0] ?? run.from);
  if (run.shown[0] !== undefined && run.shown[0] > run.from && !log.rotatedAt.has(run.shown[0]))
    throw new Error(`seed ${seed}: the first line shown is ${run.shown[0]}, not ${run.from}`);
  let falseGaps = 0;
  const gapAt = new Map(run.gaps.map((g) => [g.afterShown, g]));
  run.shown.forEach((index, position) => {
    if (gapAt.has(position)) {
      if (index === expected) falseGaps++;
      if (index > expected) expected = index;
    }
    if (index !== expected) throw new Error(`seed ${seed}: line ${position} shown is ${index}, not ${expected}`);
    expected++;
  });
  if (!gapAt.has(run.shown.length) && run.shown.length > 0 && expected !== log.lines.length)
    throw new Error(`seed ${seed}: shown up to ${expected} of ${log.lines.length}`);
  return { falseGaps };
}

describe("a cursor over flapping connections", () => {
  test(`from the first line: ${RUNS} seeded runs lose nothing and double nothing`, () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const result = tail(seed, "first", { rotations: false, jitter: 0 });
      check(result, seed);
      if (result.run.gaps.length > 0) throw new Error(`seed ${seed}: a gap without a rotation`);
    }
  });

  test(`with stdout and stderr out of order: ${RUNS} seeded runs lose nothing and double nothing`, () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const result = tail(seed, "first", { rotations: false, jitter: 0.3 });
      check(result, seed);
      if (result.run.gaps.length > 0) throw new Error(`seed ${seed}: a gap without a rotation`);
    }
  });

  test(`from the last lines on: ${RUNS} seeded runs show none from before the start`, () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const result = tail(seed, { tail: 1 + (seed % 7) }, { rotations: false, jitter: 0.1 });
      check(result, seed);
      if (result.run.gaps.length > 0) throw new Error(`seed ${seed}: a gap without a rotation`);
    }
  });

  test(`with rotation while away: ${RUNS} seeded runs mark every gap, and hardly ever one that is none`, () => {
    let falseGaps = 0;
    for (let seed = 1; seed <= RUNS; seed++)
      falseGaps += check(tail(seed, "first", { rotations: true, jitter: 0.1 }), seed).falseGaps;
    expect(falseGaps / RUNS).toBeLessThan(0.02);
  });
});

describe("an alignment", () => {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({
      index: from + i,
      sec: 100 + Math.floor((from + i) / 4),
      nsec: ((from + i) % 4) * 1000,
      text: `n${from + i}`,
    }));
  const consumed = (to: number, fromFirstLine = true) => {
    const cursor = new Cursor({ fromFirstLine });
    for (const l of lines(0, to)) {
      const m = markOf(l);
      cursor.consume(m.sec, m.nsec, m.hashA, m.hashB);
    }
    return cursor;
  };

  test("goes back one second before the newest, in whole seconds", () => {
    expect(consumed(9).resumeAt).toBe(101);
  });

  test("calls an empty reply a gap, but one to ask for again", () => {
    expect(consumed(9).align().end()).toEqual({ kind: "gap", incomplete: true });
  });

  test("knows a file that was rotated inside the window by the part that is left", () => {
    const alignment = consumed(9).align();
    const verdicts = lines(7, 12).map((l) => alignment.push(markOf(l)));
    expect(verdicts[0]).toEqual({ kind: "undecided" });
    expect(verdicts[1]).toEqual({ kind: "aligned", seen: 2 });
  });

  test("sees a gap as soon as a line is more than a second newer than the window", () => {
    const alignment = consumed(9).align();
    expect(alignment.push(markOf(lines(40, 41)[0]!))).toEqual({ kind: "gap" });
  });

  test("passes over lines from before the start of a tail", () => {
    const cursor = new Cursor({ fromFirstLine: false });
    for (const l of lines(6, 9)) {
      const m = markOf(l);
      cursor.consume(m.sec, m.nsec, m.hashA, m.hashB);
    }
    const alignment = cursor.align();
    const verdicts = lines(4, 10).map((l) => alignment.push(markOf(l)));
    expect(verdicts[4]).toEqual({ kind: "aligned", seen: 5 });
  });

  test("remembers no more than 20,000 lines and still finds its place", () => {
    const cursor = new Cursor({ fromFirstLine: true });
    const burst = Array.from({ length: 50_000 }, (_, i) => ({ index: i, sec: 500, nsec: i * 10, text: `n${i}` }));
    for (const l of burst) {
      const m = markOf(l);
      cursor.consume(m.sec, m.nsec, m.hashA, m.hashB);
    }
    const alignment = cursor.align();
    let seen = -1;
    for (const l of burst) {
      const verdict = alignment.push(markOf(l));
      if (verdict.kind === "aligned") {
        seen = verdict.seen;
        break;
      }
    }
    expect(seen).toBe(50_000);
  });
});
