import { expect, test } from "vitest";
import { readConfigFile } from "../../src/config/config-file.ts";

const KLOG = "/home/me/.config/klog/config.yaml";
const STERN = "/home/me/.config/stern/config.yaml";

function read(files: Record<string, string>, env: Record<string, string> = {}, named?: string) {
  return readConfigFile({
    env,
    home: "/home/me",
    platform: "linux",
    named,
    async readText(path) {
      const text = files[path];
      if (text === undefined)
        throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: "ENOENT" });
      if (text === "denied")
        throw Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: "EACCES" });
      return text;
    },
  });
}

test("klog's own file is read from the config folder", async () => {
  expect(await read({ [KLOG]: "tail: 5", [STERN]: "tail: 6" })).toEqual({
    path: KLOG,
    writtenFor: "klog",
    isShared: undefined,
    settings: [{ key: "tail", values: ["5"], list: false, line: 1 }],
    sections: {},
    profiles: [],
    sources: [],
    queries: [],
  });
  expect(await read({ "/xdg/klog/config.yaml": "tail: 5" }, { XDG_CONFIG_HOME: "/xdg" })).toMatchObject({
    path: "/xdg/klog/config.yaml",
  });
});

test("a stern user's file is read where klog has none", async () => {
  expect(await read({ [STERN]: "tail: -1" })).toMatchObject({ path: STERN, writtenFor: "stern" });
  expect(await read({ [STERN]: "", "/else/stern.yaml": "tail: 1" }, { STERNCONFIG: "/else/stern.yaml" })).toMatchObject(
    {
      path: "/else/stern.yaml",
      writtenFor: "stern",
    },
  );
});

test("--config wins over KLOG_CONFIG, that over the usual places, and a tilde is the home folder", async () => {
  const files = { "/home/me/a.yaml": "tail: 1", "/b.yaml": "tail: 2", [KLOG]: "tail: 3" };
  expect(await read(files, { KLOG_CONFIG: "/b.yaml" }, "~/a.yaml")).toMatchObject({ path: "/home/me/a.yaml" });
  expect(await read(files, { KLOG_CONFIG: "/b.yaml" })).toMatchObject({ path: "/b.yaml" });
});

test("no file at all is no error", async () => {
  expect(await read({})).toBeUndefined();
});

test.each([
  [{}, "/gone.yaml", "--config names this file: correct the path or leave it out"],
  [{ KLOG_CONFIG: "/gone.yaml" }, undefined, "KLOG_CONFIG names this file: correct the path or leave it out"],
  [{ STERNCONFIG: "/gone.yaml" }, undefined, "STERNCONFIG names this file: correct the path or leave it out"],
])("a named file that is not there is one (%j %s)", async (env, named, hint) => {
  await expect(read({}, env as Record<string, string>, named)).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: "cannot read the config file /gone.yaml: ENOENT: no such file, open '/gone.yaml'",
    hint,
  });
});

test("a usual file that may not be read is an error, not as if it were absent", async () => {
  await expect(read({ [KLOG]: "denied" })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    hint: "make it readable, or name another file with --config",
  });
});

test("the first mistake in the file ends it, with the line and what to write", async () => {
  await expect(read({ [KLOG]: "tail: 1\nsources:\n  a: {fils: x}\n" })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: `${KLOG}:3: sources.a.fils is no kind of source; did you mean files?`,
    hint: expect.stringContaining("files: GLOB"),
  });
});

test("whether others can read the file is told where the system has modes", async () => {
  const request = { env: {}, home: "/home/me", named: "/c.yaml", readText: async () => "" };
  const shared = async (mode: number, platform: NodeJS.Platform) =>
    (await readConfigFile({ ...request, platform, modeOf: async () => mode }))?.isShared;
  expect(await shared(0o100644, "linux")).toBe(true);
  expect(await shared(0o100600, "linux")).toBe(false);
  expect(await shared(0o100666, "win32")).toBeUndefined();
});
