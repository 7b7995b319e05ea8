import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localCandidates } from "../../../src/commands/complete/local-answers.ts";
import { completeWords } from "../../../src/commands/complete/request.ts";
import { agentStatus, chainStatus, pipelineStatus } from "../../collector/operation/statuses.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "klog-complete-"));
  mkdirSync(join(folder, "logs"));
  writeFileSync(join(folder, "lines.ndjson"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

const values = (...words: string[]) => localCandidates(completeWords(words).offers).map(({ value }) => value);

test("paths of a sink are completed below what is typed, directories open", () => {
  expect(values("agent", "run", "--sink", `file:${folder}/l`).sort()).toEqual([
    `file:${folder}/lines.ndjson`,
    `file:${folder}/logs/`,
  ]);
  expect(values("agent", "run", "--sink", `file:${folder}/nowhere/`)).toEqual([]);
});

test("explain offers pods, containers and files of the agent's status, each once", () => {
  const nobody = {
    namespace: "",
    pod: "",
    podUid: "",
    container: "",
    containerId: "",
    restart: 0,
    dockerContainer: "",
  };
  const chains = [
    chainStatus(),
    chainStatus({ id: "pod/u1/app/1" }),
    chainStatus({ path: "/srv/a.log", origin: nobody }),
    chainStatus({ origin: { ...nobody, dockerContainer: "web_db_1" } }),
  ];
  writeFileSync(join(folder, "status.json"), JSON.stringify(agentStatus({ pipelines: [pipelineStatus({ chains })] })));
  expect(values("agent", "explain", "--state-dir", folder, "")).toEqual([
    "shop/web-1",
    "web-1",
    "app",
    "/srv/a.log",
    "web_db_1",
  ]);
  expect(values("agent", "explain", "--state-dir", folder, "web")).toEqual(["web-1", "web_db_1"]);
  expect(values("agent", "explain", "--state-dir", "/nowhere", "")).toEqual([]);
});
