// Why a path that somebody asks about is no log to the collector: what is there, and what each input of the configuration says to it.
import type {
  AgentConfig,
  ContainerInput,
  FilesInput,
  InputConfig,
  S6Input,
} from "../../collector/declare/agent-config.ts";
import { DEFAULT_ROOTS } from "../../collector/declare/agent-config.ts";
import { dockerLogId, instanceOf, parsePodDirectory } from "../../collector/discovery/container-log.ts";
import { parseDockerConfig, podContainerOf } from "../../collector/discovery/docker-config.ts";
import { compileExclude, compileGlob } from "../../collector/discovery/glob.ts";
import type { FileStat, FileSystem } from "../../collector/file-system.ts";
import { messageOf } from "../../errors.ts";

type Disk = Pick<FileSystem, "stat" | "lstat" | "realpath" | "readFile">;

/** Lines for a person, most telling first. `path` is absolute. */
export function whyNoLog(path: string, config: AgentConfig, fs: Disk): readonly string[] {
  const trouble = troubleOnTheWay(path, fs);
  if (trouble !== undefined) return [trouble];
  const stat = fs.stat(path);
  if (stat === undefined) return ["it is a link that leads nowhere"];
  if (stat.kind === "directory")
    return ["it is a directory, and there is no log below it where the configuration looks"];
  if (stat.kind !== "file") return ["it is no regular file but a pipe, a socket or a device: those are never read"];
  return config.pipelines.flatMap(({ name, inputs }) =>
    inputs.map((input) => `not by pipeline ${name}: ${whyNot(path, input, config, fs)}`),
  );
}

/** The first part of the path that is not there, or that this user may not look into. */
function troubleOnTheWay(path: string, fs: Disk): string | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  for (let count = 1; count <= parts.length; count++) {
    const at = `/${parts.slice(0, count).join("/")}`;
    let stat: FileStat | undefined;
    try {
      stat = fs.lstat(at);
    } catch (error) {
      return `this user cannot look for it (${messageOf(error)}): try sudo`;
    }
    if (stat === undefined) return at === path ? "there is no such file" : `there is no such file: ${at} is not there`;
  }
  return undefined;
}

function whyNot(path: string, input: InputConfig, config: AgentConfig, fs: Disk): string {
  switch (input.type) {
    case "container_stdout":
      return whyNoContainer(path, input, config, fs);
    case "files":
      return whyNoFile(path, input, fs);
    case "s6":
      return whyNoS6(path, input);
  }
}

function whyNoContainer(path: string, _input: ContainerInput, { roots }: AgentConfig, fs: Disk): string {
  for (const kind of ["pods", "containers", "docker"] as const) {
    const usual = DEFAULT_ROOTS[kind];
    if (roots[kind] === undefined && usual !== undefined && isBelow(path, usual))
      return `${usual} is not looked at here`;
  }
  if (roots.pods !== undefined && isBelow(path, roots.pods)) {
    const [pod = "", container, file = "", more] = path.slice(roots.pods.length).split("/").filter(Boolean);
    const isLog =
      parsePodDirectory(pod) && container !== undefined && instanceOf(file) !== undefined && more === undefined;
    return isLog
      ? "it is the log of a container that the agent will find within 2 s"
      : "it is not named as the kubelet names logs, <namespace>_<pod>_<uid>/<container>/<n>.log";
  }
  if (roots.docker !== undefined && isBelow(path, roots.docker)) return whyNoDocker(path, fs);
  const places = [roots.pods, roots.containers, roots.docker].filter((place) => place !== undefined);
  return `it does not lie in ${places.join(" or ")}`;
}

function whyNoDocker(path: string, fs: Disk): string {
  const slash = path.lastIndexOf("/");
  if (dockerLogId(path.slice(slash + 1)) === undefined)
    return "it is not named as Docker names logs, <id>/<id>-json.log";
  const bytes = fs.readFile(`${path.slice(0, slash)}/config.v2.json`);
  const container = bytes && parseDockerConfig(bytes);
  if (bytes !== undefined && container === undefined) return "Docker is still writing config.v2.json beside it";
  if (container && podContainerOf(container)?.isSandbox)
    return "its container only holds a pod's network, and logs nothing";
  return "it is the log of a container that the agent will find within 2 s";
}

function whyNoFile(path: string, { paths, exclude, maxDepth, followLinks }: FilesInput, fs: Disk): string {
  const match = (at: string, depth: number) =>
    paths.flatMap((pattern) => compileGlob(pattern, depth)).find((glob) => glob.match(at) !== undefined);
  const glob = match(path, maxDepth);
  if (glob === undefined) {
    const visible = match(path.replace(/\/\.(?=[^/])/g, "/_"), maxDepth);
    if (visible !== undefined) return `a wildcard of ${visible.source} does not stand for the dot of a hidden name`;
    const deep = match(path, 1000);
    if (deep !== undefined) return `it lies deeper below ${deep.base} than max_depth, ${maxDepth}`;
    return `its path does not match ${paths.join(" or ")}`;
  }
  const hit = exclude.find((pattern) => parents(path).some(compileExclude(pattern, maxDepth)));
  if (hit !== undefined) return `its path is excluded by ${hit}`;
  const [end, base] = [fs.realpath(path), fs.realpath(glob.base)];
  const leadsOut = end !== undefined && base !== undefined && base !== "/" && !isBelow(end, base);
  if (leadsOut && !followLinks) return `a link leads out of ${glob.base}, to ${end}; follow_links: true would allow it`;
  return `it matches ${glob.source}, and the agent will find it within 2 s`;
}

function whyNoS6(path: string, { root, template }: S6Input): string {
  if (!isBelow(path, root)) return `it does not lie below ${root}`;
  return `s6-log's directories are ${root}/${template}, with current beside lock or state`;
}

function parents(path: string): string[] {
  const paths: string[] = [];
  for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) paths.push(at);
  return paths;
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(`${directory.replace(/\/+$/, "")}/`);
}
