// A block is a share of the memory for all files: that share has to be whole bytes.
import { expect, test } from "vitest";
import { createFilesSource } from "../../../src/sources/files/files-source.ts";
import { CONTEXT, directory, search, stamp, write } from "./searching.ts";

test("newest first, over so many files that their blocks are no round number, every line is found", async () => {
  const dir = directory();
  for (let i = 0; i < 102; i++) write(`${dir}/shop_web-${i}_uid-${i}/app/0.log`, `${stamp(i)} stdout F small\n`);
  const padding = "x".repeat(1000);
  const large = Array.from({ length: 1500 }, (_, i) => `${stamp(1000 + i)} stdout F large ${padding}\n`).join("");
  write(`${dir}/shop_web-large_uid-large/app/0.log`, large);
  const source = createFilesSource({ patterns: [`${dir}/**/*.log`], context: CONTEXT });
  const { hits, notes } = await search(source, "", { order: "newest" });
  expect({ hits: hits.length, notes }).toEqual({ hits: 1602, notes: [] });
});
