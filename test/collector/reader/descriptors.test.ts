import { expect, test } from "vitest";
import { DescriptorPool, HeldBytes } from "../../../src/collector/reader/descriptors.ts";

class Holder {
  closed = false;
  closable: boolean;
  private readonly pool: DescriptorPool;

  constructor(pool: DescriptorPool, closable: boolean) {
    this.pool = pool;
    this.closable = closable;
    pool.add(this);
  }

  closeIdle(): void {
    this.closed = true;
    this.pool.remove(this);
  }
}

test("over the limit the idle file that was used longest ago is closed", () => {
  const pool = new DescriptorPool(2);
  const [first, second] = [new Holder(pool, true), new Holder(pool, true)];
  pool.used(first);
  const third = new Holder(pool, true);
  expect([first.closed, second.closed, third.closed]).toEqual([false, true, false]);
});

test("a file with unread bytes stays open, even over the limit", () => {
  const pool = new DescriptorPool(2);
  const busy = [1, 2, 3].map(() => new Holder(pool, false));
  expect([pool.open, ...busy.map(({ closed }) => closed)]).toEqual([3, false, false, false]);
  busy[1]!.closable = true;
  new Holder(pool, false);
  expect([pool.open, busy[1]!.closed]).toEqual([3, true]);
});

test("the kernel's limit is never reached: an idle file makes room, else no more is opened", () => {
  const pool = new DescriptorPool(2, 3);
  const busy = [1, 2, 3].map(() => new Holder(pool, false));
  expect(() => pool.require()).toThrow(expect.objectContaining({ code: "EMFILE" }));
  busy[0]!.closable = true;
  pool.require();
  expect([pool.open, busy[0]!.closed]).toEqual([2, true]);
});

test("deleted files are held up to the limit; then the one deleted first is given up", () => {
  const held = new HeldBytes(100);
  const given: string[] = [];
  const [a, b, c] = ["a", "b", "c"].map((name) => ({ giveUp: () => given.push(name) }));
  held.hold(a!, 40);
  held.hold(b!, 40);
  held.hold(a!, 50);
  expect([held.bytes, given]).toEqual([90, []]);
  held.hold(c!, 30);
  expect([held.bytes, given]).toEqual([70, ["a"]]);
  held.release(b!);
  held.release(b!);
  expect(held.bytes).toBe(30);
  held.hold(b!, 200);
  expect([held.bytes, given]).toEqual([0, ["a", "c", "b"]]);
});
