// Types of client-node-slim.mjs, for the tests.
import type { Plugin } from "esbuild";

export function clientNodeSlim(): Plugin;
