import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { resolveSecret, Secret, type SecretReference, secretPlace } from "../../src/config/secret.ts";

const READERS = {
  env: { TOKEN: "from-env", EMPTY: "" },
  home: "/home/me",
  readText: async (path: string) => {
    if (path === "/home/me/.token") return "from-file\n";
    throw new Error(`ENOENT: ${path}`);
  },
  readKubernetes: async ({ key }: { key: string }) => (key === "token" ? "from-cluster" : undefined),
};

const cluster = (key: string): SecretReference => ({
  kubernetes: { namespace: "ops", name: "klog", key, context: undefined },
});

describe("a secret", () => {
  test("shows itself only to who asks for it", () => {
    const secret = new Secret("s3cret");
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ a: [secret] }),
      inspect(secret, { showHidden: true }),
    ];
    expect(shown.join(" ")).not.toContain("s3cret");
    expect(JSON.stringify({ secret })).toBe('{"secret":"***"}');
    expect(secret.reveal()).toBe("s3cret");
  });

  test.each<[SecretReference, string]>([
    [{ env: "TOKEN" }, "from-env"],
    [{ file: "~/.token" }, "from-file"],
    [cluster("token"), "from-cluster"],
  ])("is read from where %j says, without the line end", async (reference, text) => {
    expect((await resolveSecret(reference, READERS)).reveal()).toBe(text);
  });

  test.each<[SecretReference, RegExp]>([
    [{ env: "NONE" }, /^the secret of \$NONE is not there$/],
    [{ env: "EMPTY" }, /^the secret of \$EMPTY is empty$/],
    [{ file: "/gone" }, /^the secret of \/gone cannot be read: ENOENT/],
    [cluster("nothing"), /^the secret of Secret ops\/klog \(nothing\) is not there$/],
  ])("that cannot be had from %j is an error that names the place", async (reference, message) => {
    await expect(resolveSecret(reference, READERS)).rejects.toMatchObject({
      code: "CREDENTIALS_FAILED",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  test("has a place that people can read", () => {
    expect(secretPlace({ kubernetes: { namespace: "a", name: "b", key: "c", context: "d" } })).toBe(
      "Secret a/b (c) in context d",
    );
  });
});
