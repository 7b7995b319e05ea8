import { expect, test } from "vitest";
import { canBeRepeated, nextPage } from "../../../src/commands/search/next-page.ts";

test("the next page's command is the same with another cursor, quoted for a shell", () => {
  expect(nextPage(["level:>=warn it's", "-n", "shop"], "v1.x")).toBe(
    "klog search 'level:>=warn it'\\''s' -n shop --cursor v1.x",
  );
  expect(nextPage(["a", "--cursor", "v1.old", "-A"], "v1.x")).toBe("klog search a -A --cursor v1.x");
  expect(nextPage(["--cursor=v1.old", "a"], "v1.x")).toBe("klog search a --cursor v1.x");
  expect(nextPage(["-A", "--", "--cursor"], "v1.x")).toBe("klog search -A --cursor v1.x -- --cursor");
});

test("standard input cannot be searched again", () => {
  expect(canBeRepeated(["x", "--source", "-"])).toBe(false);
  expect(canBeRepeated(["x", "--source", "store"])).toBe(true);
});
