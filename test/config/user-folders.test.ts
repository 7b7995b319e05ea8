import { expect, test } from "vitest";
import { cacheFolder, expandHome, stateFolder } from "../../src/config/user-folders.ts";

test.each([
  [{ XDG_CACHE_HOME: "/c" }, "linux", "/c"],
  [{}, "linux", "/home/me/.cache"],
  [{}, "darwin", "/home/me/Library/Caches"],
  [{ LOCALAPPDATA: "/local" }, "win32", "/local"],
  [{ XDG_CACHE_HOME: "/c" }, "darwin", "/c"],
] as const)("the cache of %j on %s is %s", (env, platform, folder) => {
  expect(cacheFolder({ env, platform, home: "/home/me" })).toBe(folder);
});

test("only a leading ~/ is the home folder", () => {
  expect(expandHome("~/a", "/home/me")).toBe("/home/me/a");
  expect(expandHome("~you/a", "/home/me")).toBe("~you/a");
  expect(expandHome("/a~/b", "/home/me")).toBe("/a~/b");
});

test.each([
  [{ XDG_STATE_HOME: "/s" }, "linux", "/s"],
  [{}, "linux", "/home/me/.local/state"],
  [{}, "darwin", "/home/me/.local/state"],
  [{ LOCALAPPDATA: "/local" }, "win32", "/local"],
] as const)("the state of %j on %s is in %s", (env, platform, folder) => {
  expect(stateFolder({ env, platform, home: "/home/me" })).toBe(folder);
});
