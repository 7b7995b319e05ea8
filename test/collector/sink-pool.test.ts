import { expect, test } from "vitest";
import type { SinkConfig } from "../../src/collector/declare/agent-config.ts";
import type { Sink } from "../../src/collector/deliver/sink.ts";
import { SinkPool } from "../../src/collector/sink-pool.ts";
import { fileSink } from "./agent-rig.ts";

function setUp(fails: { open?: string; close?: string } = {}) {
  const happened: string[] = [];
  const create = (config: SinkConfig): Sink => {
    const name = config.type === "file" ? config.path : config.type;
    const doing = (what: "open" | "close") => async () => {
      happened.push(`${what} ${name}`);
      if (fails[what] === name) throw new Error(`${name} does not ${what}`);
    };
    return {
      ...{ name, open: doing("open"), close: doing("close"), write: () => {}, room: () => undefined },
      flush: async () => {},
      status: () => ({ name, state: "open", records: 0, bytes: 0, failures: 0 }),
    };
  };
  return { pool: new SinkPool(create), happened };
}

const a = fileSink("/a");
const b = fileSink("/b");

test("one place has one sink, whoever names it, until nobody does", async () => {
  const { pool, happened } = setUp();
  const [first] = await pool.acquire([a]);
  const [again, other] = await pool.acquire([{ ...a }, b]);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  await pool.release([a]);
  expect(happened).toEqual(["open /a", "open /b"]);
  await pool.release([a, b]);
  expect(happened.slice(2)).toEqual(["close /a", "close /b"]);
  await pool.acquire([a]);
  expect(happened.at(-1)).toBe("open /a");
});

test("where one cannot be opened, none of them is kept", async () => {
  const { pool, happened } = setUp({ open: "/b" });
  await expect(pool.acquire([a, b])).rejects.toThrow("/b does not open");
  expect(happened).toEqual(["open /a", "open /b", "close /a"]);
});

test("one that does not close keeps no other from closing", async () => {
  const { pool, happened } = setUp({ close: "/a" });
  await pool.acquire([a, b]);
  await expect(pool.release([a, b])).rejects.toThrow("/a does not close");
  expect(happened.slice(2)).toEqual(["close /a", "close /b"]);
});
