#!/usr/bin/env node
// Old syntax on purpose: a Node that is too old must be able to read this file and say so in one line.
var minimum = [22, 22];
var found = process.versions.node.split(".").map(Number);
if (found[0] < minimum[0] || (found[0] === minimum[0] && found[1] < minimum[1])) {
  console.error(
    "klog needs Node.js " +
      minimum.join(".") +
      " or newer, and this is " +
      process.version +
      ": see https://nodejs.org",
  );
  process.exitCode = 2;
} else {
  // What was compiled once is not compiled again: a third of the start of a heavy command.
  process.getBuiltinModule("node:module").enableCompileCache();
  import("../dist/cli.js");
}
