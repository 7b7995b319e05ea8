import { describe, expect, test } from "vitest";
import { isEdge, nextWord, wordsOf } from "../../src/query/match-words.ts";

describe("words", () => {
  test.each([
    ["order-7f3a foo_bar", ["order", "7f3a", "foo_bar"]],
    ["can't 100%", ["can", "t", "100"]],
    ["naïve КЛЮЧ ２ ½", ["naïve", "КЛЮЧ", "２", "½"]],
    ["cafe\u0301 हिन्दी", ["cafe\u0301", "हिन्दी"]],
    ["错误log日志", ["错", "误", "log", "日", "志"]],
    ["サーバー ไฟล์ 오류", ["サ", "ー", "バ", "ー", "ไ", "ฟ", "ล์", "오", "류"]],
    ["🚀 \u0301 =>", []],
    ["𝐀b", ["𝐀b"]],
  ])("of %j are %j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test("begin and end at edges, and have none inside", () => {
    for (const text of ["a foo_b!", "错误log日志", "x𝐀 cafe\u0301s", "\u0301a 🚀b"]) {
      const edges = Array.from({ length: text.length + 1 }, (_, at) => at).filter((at) => isEdge(text, at));
      let at = 0;
      for (const word of wordsOf(text)) {
        const start = nextWord(text, at);
        at = start + word.length;
        expect(text.slice(start, at)).toBe(word);
        expect(edges.filter((edge) => edge >= start && edge <= at)).toEqual([start, at]);
      }
      expect(nextWord(text, at)).toBe(text.length);
    }
  });
});
