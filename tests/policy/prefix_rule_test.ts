/** Which leading words may be allowed for good, and for which commands. */

import { deepStrictEqual } from "node:assert/strict";
import { isAllowedPrefix } from "../../src/policy/prefix_rule.ts";

const INSTALL = ["npm", "install", "left-pad"];

Deno.test("a program and its subcommand may be allowed", () => {
  const rows: [prefix: string[], commands: string[][]][] = [
    [["npm", "install"], [INSTALL]],
    [["npm", "install"], [INSTALL, ["npm", "install"]]],
    [["cargo", "test"], [["cargo", "test", "--all"]]],
    [["git", "push", "origin"], [["git", "push", "origin", "main"]]],
    [["apt-get", "install"], [["apt-get", "install", "-y", "x"]]],
  ];
  for (const [prefix, commands] of rows) {
    deepStrictEqual([prefix, isAllowedPrefix(prefix, commands)], [prefix, true]);
  }
});

Deno.test("what would allow anything, or deletes, or is another command may not", () => {
  const refused = [
    // Too little to tell.
    ...[[], [""], ["npm"], ["git"], ["npm", ""], ["npm", "-g"], ["git", "-c"], [
      "npm",
      "install",
      "",
    ]],
    // What runs what it is given.
    ...[["bash", "x"], ["/bin/bash", "x"], ["sh", "x"], ["zsh", "x"], ["python", "x"]],
    ...[["python3", "x"], ["python3.11", "x"], ["Python3", "x"], ["python3.exe", "x"], [
      "node",
      "x",
    ]],
    ...[["deno", "run"], ["perl", "x"], ["ruby", "x"], ["sudo", "npm"], ["env", "npm"], [
      "xargs",
      "npm",
    ]],
    ...[["nohup", "npm"], ["timeout", "5"], ["ssh", "host"], ["eval", "npm"], [".", "x"], [
      "find",
      ".",
    ]],
    ...[["command", "npm"], ["busybox", "sh"], ["awk", "x"]],
    // Files that the model can write.
    ...[["./build", "all"], ["bin/x", "y"], ["/tmp/x", "y"], ["../x", "y"]],
    // What takes away.
    ...[["rm", "x"], ["rmdir", "x"], ["dd", "x"], ["git", "clean"], ["git", "rm"], [
      "git",
      "config",
    ]],
    // What no command begins with.
    ...[["A=b", "npm"], ["-npm", "install"], ["npm;rm", "x"], ["$X", "y"]],
  ];
  for (const prefix of refused) {
    const commands = [[...prefix, "more"]];
    deepStrictEqual([prefix, isAllowedPrefix(prefix, commands)], [prefix, false]);
  }
  const prefix = ["npm", "install"];
  const others: (string[][] | undefined)[] = [
    undefined,
    [],
    [["npm", "test"]],
    [["npm"]],
    [INSTALL, ["npm", "test"]],
    [["npm install"]],
    [["npm", "installx"]],
  ];
  for (const commands of others) {
    deepStrictEqual([commands, isAllowedPrefix(prefix, commands)], [commands, false]);
  }
});
