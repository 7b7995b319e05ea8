// Runs the vitest projects named on the command line and ends with one plain line: `N passed, N failed, N skipped`.
// That line is last whatever vitest prints, so that a script can count on it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "klog-tests-"));
const report = join(folder, "report.json");
const projects = process.argv.slice(2).filter((a) => !a.startsWith("-") && !a.includes("/"));
const rest = process.argv.slice(2).filter((a) => !projects.includes(a));
const { status } = spawnSync(
  process.execPath,
  [
    join("node_modules", "vitest", "vitest.mjs"),
    "run",
    ...projects.flatMap((p) => ["--project", p]),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...rest,
  ],
  { stdio: "inherit" },
);

let counts;
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  // A file that fails to load has no failed test of its own, yet it has failed.
  const failed = numFailedTests === 0 && numFailedTestSuites > 0 ? numFailedTestSuites : numFailedTests;
  counts = { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
} catch {
  counts = { passed: 0, failed: 1, skipped: 0 };
}
rmSync(folder, { recursive: true, force: true });
if (status !== 0 && counts.failed === 0) counts.failed = 1;
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;
