// klog's version: put in by the build, read from package.json when klog runs from its sources.

declare const __KLOG_VERSION__: string;

export function klogVersion(): string {
  if (typeof __KLOG_VERSION__ === "string") return __KLOG_VERSION__;
  // Importing node:fs costs 5 ms that the built program would pay as well.
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}
