import { describe, expect, test } from "vitest";
import { type AgentConfig, defaultAgentConfig } from "../../../src/collector/declare/agent-config.ts";
import { configFromFlags } from "../../../src/collector/declare/flags-config.ts";
import { missingPlaces } from "../../../src/commands/agent/missing-places.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";

function missing(config: AgentConfig, directories: readonly string[] = [], files: readonly string[] = []) {
  const fs = new ModelFileSystem();
  for (const directory of directories) fs.directory(directory);
  for (const file of files) fs.append(file, "x");
  return missingPlaces(config, fs);
}

describe("places where nothing can be found", () => {
  test("a node without Docker is complete, one without any containers' logs is not", () => {
    const config = defaultAgentConfig("n1");
    expect(missing(config, ["/var/log/pods"])).toEqual([]);
    expect(missing(config)).toEqual([
      "/var/log/pods is not there",
      "/var/log/containers is not there",
      "/var/lib/docker/containers is not there",
    ]);
  });

  test("a place that somebody named is missed, whatever else is there", () => {
    const config = configFromFlags({ node: "n1", podsDir: "/typo", dockerDir: "/docker" });
    expect(missing(config, ["/docker"])).toEqual(["/typo is not there"]);
  });

  test("of a pattern the part without wildcards counts, and it must be a directory", () => {
    const config = configFromFlags({ node: "n1", files: ["/srv/**/*.log", "/etc/hosts/*.log"], s6Dir: "/s6" });
    expect(missing(config, [], ["/etc/hosts"])).toEqual([
      "/s6 is not there",
      "/srv is not there",
      "/etc/hosts is no directory",
    ]);
  });
});
