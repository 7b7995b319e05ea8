import { expect, test } from "vitest";
import { KlogError } from "../../src/errors.ts";
import { Progress, type ProgressOptions } from "../../src/output/progress.ts";
import { createStyles } from "../../src/output/theme.ts";
import { makeOrigin } from "./make-line.ts";

function say(act: (progress: Progress) => void, changes: Partial<ProgressOptions> = {}): string {
  let text = "";
  const plain = { open: "", close: "" };
  const options: ProgressOptions = {
    write: (part) => {
      text += part;
    },
    styles: createStyles("dark", 0),
    paints: () => ({ pod: plain, container: plain }),
    showNamespace: false,
    showCluster: false,
    onlyLogLines: false,
    ...changes,
  };
  act(new Progress(options));
  return text;
}

test("containers come and go as stern shows it", () => {
  expect(say((p) => p.started(makeOrigin()))).toBe("+ pod1 › container1\n");
  expect(say((p) => p.stopped(makeOrigin()), { showNamespace: true })).toBe("- ns1 pod1 › container1\n");
});

test("the signs are bold green and bold red where there are colours", () => {
  const styles = createStyles("dark", 1);
  expect(say((p) => p.started(makeOrigin()), { styles })).toContain("\x1b[92m\x1b[1m+\x1b[22m\x1b[39m ");
  expect(say((p) => p.stopped(makeOrigin()), { styles })).toContain("\x1b[91m\x1b[1m-\x1b[22m\x1b[39m ");
});

test("--only-log-lines mutes what is no problem", () => {
  const act = (p: Progress) => {
    p.started(makeOrigin());
    p.note("older lines exist");
    p.warn("a stream broke");
  };
  expect(say(act, { onlyLogLines: true })).toBe("klog: warning: a stream broke\n");
  expect(say(act)).toContain("klog: note: older lines exist\n");
});

test("an error has its hint, keeps its lines, and no control bytes of a server", () => {
  const error = new KlogError("TEMPLATE_INVALID", "wrong at column 3:\n  {{foo}}\n    ^", { hint: "see the docs" });
  expect(say((p) => p.error(error))).toBe("klog: wrong at column 3:\n  {{foo}}\n    ^\n  see the docs\n");
  expect(say((p) => p.error(new Error("server said \x1b[2Jno\x07")))).toBe("klog: server said no\n");
});
