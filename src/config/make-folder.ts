// Makes a folder of this person alone, with those around it that are not there yet.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** Not Node's own recursion: where nothing can be made (/proc, which says ENOENT) it tries for ever. Throws what node:fs throws. */
export async function makeFolder(path: string): Promise<void> {
  const code = await made(path);
  if (code !== "ENOENT" || dirname(path) === path) return;
  await makeFolder(dirname(path));
  if ((await made(path)) === "ENOENT") await mkdir(path);
}

/** "ENOENT": what is around it lacks. */
async function made(path: string): Promise<"made" | "ENOENT"> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return code;
    if (code !== "EEXIST") throw error;
  }
  return "made";
}
