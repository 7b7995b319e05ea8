// A pipeline's input in a few words, for status and check-config.
import type { AgentConfig, InputConfig } from "../declare/agent-config.ts";

export function describeInput(input: InputConfig, { roots }: Pick<AgentConfig, "roots">): string {
  switch (input.type) {
    case "container_stdout": {
      const places = [roots.pods ?? roots.containers, roots.docker].filter((place) => place !== undefined);
      const streams = [input.stdout ? "stdout" : "", input.stderr ? "stderr" : ""].filter((name) => name !== "");
      return `${streams.join(" and ")} of containers in ${places.join(", ")}`;
    }
    case "files":
      return `files ${input.paths.join(", ")}`;
    case "s6":
      return `s6-log directories in ${input.root}`;
  }
}
