// The files that the agent writes itself: to collect them would make it read its own output for ever.
import type { AgentConfig, SinkConfig } from "./agent-config.ts";

/** What the file at `path` is of the agent's; undefined: not its own. `path` has its links resolved. */
export type OwnOutput = (path: string) => string | undefined;

type Resolve = (path: string) => string | undefined;

/** A link to the process's standard output, where the system has one. */
const STDOUT = "/proc/self/fd/1";
const STATE = /^(status\.json|agent\.|journal\/)/;
const STORE = /^([^/]+\.(kseg|kidx)|writer\.lock)/;

export function ownOutput({ stateDir, pipelines }: AgentConfig, follow: Resolve): OwnOutput {
  const resolve: Resolve = (path) => {
    try {
      return follow(path);
    } catch {
      return undefined;
    }
  };
  const rules = [
    within(placeOf(stateDir, resolve), STATE, "the agent's state"),
    ...pipelines.flatMap(({ sinks }) => sinks.flatMap((sink) => sinkRule(sink, resolve))),
  ];
  return (path) => {
    for (const rule of rules) {
      const own = rule(path);
      if (own !== undefined) return own;
    }
    return undefined;
  };
}

function sinkRule(sink: SinkConfig, resolve: Resolve): OwnOutput[] {
  switch (sink.type) {
    case "store":
      return [within(placeOf(sink.directory, resolve), STORE, `the store ${sink.directory}`)];
    case "file":
      return [file(placeOf(sink.path, resolve), `the output of the sink file:${sink.path}`)];
    case "stdout": {
      const path = resolve(STDOUT);
      return path === undefined ? [] : [file(path, "the agent's standard output")];
    }
    case "null":
      return [];
  }
}

/** With the files that are rotated away: PATH.1, PATH.2, … */
function file(place: string, what: string): OwnOutput {
  return (path) =>
    path === place || (path.startsWith(`${place}.`) && /^\d+$/.test(path.slice(place.length + 1))) ? what : undefined;
}

/** Only what the agent names so: logs may lie beside it. */
function within(place: string, names: RegExp, what: string): OwnOutput {
  return (path) => (path.startsWith(`${place}/`) && names.test(path.slice(place.length + 1)) ? what : undefined);
}

/** Where it is not there yet, its directory may be. */
function placeOf(path: string, resolve: Resolve): string {
  const whole = path.replace(/(?<=.)\/+$/, "");
  const found = resolve(whole);
  if (found !== undefined) return found;
  const slash = whole.lastIndexOf("/");
  const directory = slash <= 0 ? undefined : resolve(whole.slice(0, slash));
  return directory === undefined ? whole : `${directory === "/" ? "" : directory}${whole.slice(slash)}`;
}
