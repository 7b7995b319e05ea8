// --condition: pods by one of their conditions, `ready`, `initialized=false`, `example.com/warm=unknown`.
import type { Pod } from "../../clients/kubernetes/resources.ts";
import { KlogError } from "../../errors.ts";

export interface PodCondition {
  /** In lower case: the flag does not ask for the API's capitals. */
  readonly name: string;
  readonly status: "true" | "false" | "unknown";
}

const COMMON = "ready, containersready, initialized, podscheduled, disruptiontarget, podreadytostartcontainers";

export function parseCondition(text: string): PodCondition {
  const [name = "", status = "true", ...more] = text.trim().toLowerCase().split("=");
  if (!/^(?:[a-z0-9][-a-z0-9.]*\/)?[a-z0-9][-\w.]*$/.test(name) || more.length > 0) {
    throw new KlogError("USAGE", `--condition ${JSON.stringify(text)} does not begin with the name of a condition`, {
      hint: `name or name=true|false|unknown; names are ${COMMON}, and those of readiness gates`,
    });
  }
  if (status !== "true" && status !== "false" && status !== "unknown") {
    throw new KlogError("USAGE", `--condition ${JSON.stringify(text)}: ${JSON.stringify(status)} is not a status`, {
      hint: `write ${name}=true, ${name}=false or ${name}=unknown`,
    });
  }
  return { name, status };
}

/** A pod that does not have the condition does not match, whatever the status. */
export function matchesCondition(pod: Pod, condition: PodCondition | undefined): boolean {
  if (condition === undefined) return true;
  const found = pod.status?.conditions?.find((c) => c.type.toLowerCase() === condition.name);
  return found?.status.toLowerCase() === condition.status;
}
