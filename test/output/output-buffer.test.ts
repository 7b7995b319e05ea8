import { expect, test } from "vitest";
import { OutputBuffer } from "../../src/output/output-buffer.ts";

test("bytes, texts and single bytes come out in order, however often it grows", () => {
  const out = new OutputBuffer(4);
  const source = Buffer.from("0123456789");
  let expected = "";
  for (let i = 0; i < 200; i++) {
    out.bytes(source, i % 5, 7);
    out.text(`é${i}😀`);
    out.byte(0x0a);
    expected += `${"0123456789".slice(i % 5, 7)}é${i}😀\n`;
  }
  expect(out.length).toBe(Buffer.byteLength(expected));
  expect(out.peek().toString()).toBe(expected);
});

test("a text that just fits is written whole", () => {
  const out = new OutputBuffer(3);
  out.text("abc");
  out.text("€");
  expect(out.peek().toString()).toBe("abc€");
});

test("what is taken does not change when more is written", () => {
  const out = new OutputBuffer(8);
  out.text("first");
  const taken = out.take();
  out.text("other");
  expect(taken.toString()).toBe("first");
  expect(out.peek().toString()).toBe("other");
});

test("it is empty after clear, also when a huge line had blown it up", () => {
  const out = new OutputBuffer(8);
  out.bytes(Buffer.alloc(400_000), 0, 400_000);
  out.clear();
  expect(out.length).toBe(0);
  out.text("x");
  expect(out.peek().toString()).toBe("x");
});
