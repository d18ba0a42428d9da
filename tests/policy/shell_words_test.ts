/** Which scripts are nothing but plain commands, and which a shell could make more of. */

import { deepStrictEqual } from "node:assert/strict";
import { plainCommands } from "../../src/policy/shell_words.ts";

Deno.test("a script of plain words and quoted strings is its commands", () => {
  const rows: [script: string, commands: string[][]][] = [
    ["ls", [["ls"]]],
    ["  ls -la\t src \n", [["ls", "-la", "src"]]],
    ["cat a && head -n 3 b", [["cat", "a"], ["head", "-n", "3", "b"]]],
    ["a||b;c|d", [["a"], ["b"], ["c"], ["d"]]],
    ["a ; b", [["a"], ["b"]]],
    ["grep 'a b' \"c d\"", [["grep", "a b", "c d"]]],
    ["grep 'a && $(b) > c'", [["grep", "a && $(b) > c"]]],
    [`echo "it's" 'say "x"'`, [["echo", "it's", 'say "x"']]],
    [`echo a'b'"c"d`, [["echo", "abcd"]]],
    ["echo ''", [["echo", ""]]],
    ["'ls' x", [["ls", "x"]]],
    ["echo 'two\nlines'", [["echo", "two\nlines"]]],
    ["rg 'é' src/a.ts", [["rg", "é", "src/a.ts"]]],
    ["cat src/*.ts ./a?.md", [["cat", "src/*.ts", "./a?.md"]]],
    ["ls ~ ~/x", [["ls", "~", "~/x"]]],
    ["git log --format=%h HEAD^ HEAD~2 a@b:c", [[
      "git",
      "log",
      "--format=%h",
      "HEAD^",
      "HEAD~2",
      "a@b:c",
    ]]],
    ["npm run build -- --x=1", [["npm", "run", "build", "--", "--x=1"]]],
  ];
  for (const [script, commands] of rows) {
    deepStrictEqual([script, plainCommands(["/bin/bash", "-lc", script])], [script, commands]);
  }
});

Deno.test("whatever a shell reads otherwise is not plain", () => {
  const scripts = [
    // Nothing, or half of something.
    ...["", " ", "a &&", "&& a", "a ;", "a || | b", "a ;; b", "a 'b", 'a "b', "|"],
    // More commands than can be seen.
    ...[
      "a $(b)",
      "a `b`",
      'a "$(b)"',
      'a "`b`"',
      "a <(b)",
      "(a)",
      "{ a; }",
      "a & b",
      "a&",
      "a |& b",
    ],
    ...["a\nb", "a\r\nb", "a $'\\x3b' b", 'a $"b"', "eval() { b; }", "a; (b)"],
    // Files.
    ...["a > b", "a >b", "a>b", "a >> b", "a 2>&1", "a < b", "a <<E\nb\nE", "a <<< b", "a &> b"],
    // Words that become others.
    ...["a $B", "a ${B}", 'a "$B"', "$A", "a \\; b", "a\\\nb", 'a "\\$"', 'a "b!"', "!a", "a !$"],
    ...[
      "a *",
      "a *.ts",
      "a ?x",
      "a [x]",
      "l* x",
      "a {b,c}",
      "a ~root",
      "a b=~",
      "a =ls",
      "a ''=ls",
      "a '-'*",
    ],
    ...["a # b", "#a", "a ^b#"],
    // Words that are no commands.
    ...["A=b c", "A+=b c", "PATH=/tmp a", "LD_PRELOAD=x.so ls", "_x=1", "A='b' c", "a; B=c d"],
    ...["if a", "for a", "while a", "! a", "time a", "coproc a", "case a", "function f", "do a"],
    ...["noglob a", "repeat a", "- a"],
    // Blanks and letters that a shell may take for others.
    ...["ls\u00a0-l", "l\u0455", "a\u2028b", "ls\u0000", "\ufeffls", "a\vb", "a\fb", "ls\u00a0"],
  ];
  for (const script of scripts) {
    deepStrictEqual([script, plainCommands(["bash", "-lc", script])], [script, undefined]);
  }
});

Deno.test("only shells of the machine's own are looked into, and only in their plain form", () => {
  const rows: [command: string[], commands: string[][] | undefined][] = [
    [["bash", "-c", "ls"], [["ls"]]],
    [["/usr/bin/zsh", "-lc", "ls"], [["ls"]]],
    [["sh", "-lc", "ls"], [["ls"]]],
    [["ls", "-l", "a b"], [["ls", "-l", "a b"]]],
    [["/tmp/evil/bash", "-lc", "ls"], [["/tmp/evil/bash", "-lc", "ls"]]],
    [["bash", "-ic", "ls"], undefined],
    [["bash", "-lc", "ls", "x"], undefined],
    [["bash", "-x", "-lc", "ls"], undefined],
    [["bash", "ls"], undefined],
    [["bash"], undefined],
    [[], undefined],
  ];
  for (const [command, commands] of rows) deepStrictEqual(plainCommands(command), commands);
});
