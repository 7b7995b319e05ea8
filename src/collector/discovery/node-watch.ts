// fs.watch as the watcher asks for it: told when names come to a directory or go.
import { watch } from "node:fs";
import type { Watch } from "./watcher.ts";

export const nodeWatch: Watch = (directory, changed, failed) => {
  // "change" is about bytes written to a file; only "rename" is about names.
  const watching = watch(directory, { persistent: false }, (event) => {
    if (event === "rename") changed();
  });
  watching.on("error", failed);
  return () => watching.close();
};
