import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BlockText } from "../../src/store/block-text.ts";
import { TextTwin } from "../../src/store/text-twin.ts";
import { type TextExports, WasmText } from "../../src/store/wasm-text.ts";
import { mayContainToken, mayContainTrigrams } from "../../src/store/words.ts";
import { loadWasm } from "../../src/wasm.ts";

const wasm = new WasmText(loadWasm<TextExports>("store")!);
const twin = new TextTwin();

const WORDS = "order-7f3a user_id=42 ERROR Kafka é—x connection_refused a bb CCC ddddd 10.0.3.4:5432 // ";
const message = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.constantFrom(...WORDS), { maxLength: 300 })
    .map((letters) => new Uint8Array(Buffer.from(letters.join("")))),
  // Words that go on over 64 bytes, and texts of several kilobytes.
  fc
    .tuple(fc.nat(200), fc.nat(200))
    .map(([blanks, letters]) => new Uint8Array(Buffer.from(" ".repeat(blanks) + "Ab9_".repeat(letters)))),
  fc.nat(9000).map((length) => Uint8Array.from({ length }, (_, i) => (i * i) % 251)),
);

function take(text: BlockText, messages: readonly Uint8Array[], long: readonly boolean[]): void {
  text.reset();
  for (const [index, message] of messages.entries()) {
    if (long[index]) text.takeLong(message);
    else {
      text.runStart.set([5, 5 + message.length]);
      text.runLength.set([message.length, 0]);
      text.takeRun(Buffer.concat([Buffer.from("abcXdefgh"), message]), 4, 9 + message.length, 2, message.length);
    }
  }
}

describe("the WebAssembly text", () => {
  test("equals its twin in text, words, trigrams and filters", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (messages, long) => {
          take(wasm, messages, long);
          take(twin, messages, long);
          expect(wasm.words).toBe(twin.words);
          expect(wasm.ascii).toBe(twin.ascii);
          expect(Buffer.compare(wasm.text(0), twin.text(0))).toBe(0);
          const [ours, theirs] = [wasm.filters(), twin.filters()];
          expect(Buffer.compare(ours.bloom, theirs.bloom)).toBe(0);
          expect(Buffer.compare(ours.bitmap, theirs.bitmap)).toBe(0);
        },
      ),
      { numRuns: 250 },
    );
  });

  test.each([1, 9, 300, 4000, 20_000, 37_000])(
    "gives each of %i words seven bits or more, in a power of two",
    (count) => {
      const words = Buffer.from(Array.from({ length: count }, (_, i) => `w${i}`).join(" "));
      for (const text of [wasm, twin]) {
        text.reset();
        text.takeLong(words);
        expect(text.words).toBeLessThanOrEqual(count);
        expect(text.words).toBeGreaterThan(0.93 * count);
        const bits = 8 * text.filters().bloom.length;
        expect(Math.log2(bits) % 1).toBe(0);
        expect(bits).toBeGreaterThanOrEqual(Math.max(64, 7 * count));
        expect(bits).toBeLessThan(Math.max(65, 15 * count));
      }
    },
  );

  test("finds all words of a message that has more than the filter has bits for, and begins anew after it", () => {
    const words = Array.from({ length: 140_000 }, (_, i) => `w${i}`);
    for (const text of [wasm, twin]) {
      text.reset();
      text.takeLong(Buffer.from(words.join(" ")));
      const filters = text.filters();
      expect(words.every((word, i) => i % 50 > 0 || mayContainToken(filters, word))).toBe(true);
      text.reset();
      expect(text.words).toBe(0);
      expect(mayContainToken(text.filters(), "w1")).toBe(false);
    }
  });
});

describe("the filters", () => {
  test("never rule out a word or a part of a line that is there, in any case of letters", () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat(60),
        fc.boolean(),
        (messages, at, length, upper) => {
          take(wasm, messages, []);
          const filters = wasm.filters();
          const line = Buffer.from(messages[at % messages.length]!).toString("utf8");
          const part = line.slice(at % (line.length + 1)).slice(0, length);
          // What was no UTF-8 is not what stands in the line.
          if (!part.includes("\ufffd"))
            expect(mayContainTrigrams(filters, upper ? part.toUpperCase() : part)).toBe(true);
          for (const word of line.match(/\w+/g) ?? []) {
            expect(mayContainToken(filters, upper ? word.toUpperCase() : word)).toBe(true);
          }
        },
      ),
      { numRuns: 250 },
    );
  });

  test.each([1200, 4600, 9300, 18_000, 37_000])(
    "let pass at most one in 25 of other words where %i are there",
    (count) => {
      wasm.reset();
      wasm.takeLong(Buffer.from(Array.from({ length: count }, (_, i) => `order_${i * 7919}`).join(" ")));
      const filters = wasm.filters();
      const absent = Array.from({ length: 5000 }, (_, i) => `order_${i * 7919 + 1}`);
      expect(absent.filter((word) => mayContainToken(filters, word)).length).toBeLessThan(200);
    },
  );

  test("rule out most words and texts that are not there", () => {
    take(
      wasm,
      Array.from({ length: 300 }, (_, i) => Buffer.from(`order ${i} placed by user_${i} at 10.0.0.${i}`)),
      [],
    );
    const filters = wasm.filters();
    const absent = Array.from({ length: 1000 }, (_, i) => `absent${i}`);
    expect(absent.filter((word) => mayContainToken(filters, word)).length).toBeLessThan(60);
    expect(mayContainTrigrams(filters, "declined")).toBe(false);
    // Not a whole word of the lines, so only the trigrams know it.
    expect(mayContainToken(filters, "laced")).toBe(false);
    expect(mayContainTrigrams(filters, "laced by USER_1")).toBe(true);
  });

  test("say nothing about what they do not hold: words of other letters, single letters, two bytes", () => {
    take(wasm, [Buffer.from("x")], []);
    const filters = wasm.filters();
    for (const word of ["größe", "a", "a b", ""]) expect(mayContainToken(filters, word)).toBe(true);
    for (const text of ["ab", "", "é—"]) expect(mayContainTrigrams(filters, text)).toBe(true);
  });
});
