/** Which commands are known to read and no more: what is among them, and all that tries to be. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { isKnownSafe } from "../../src/policy/safe_command.ts";

function isSafeScript(script: string): boolean {
  return isKnownSafe(["/bin/bash", "-lc", script], { inTurnFolder: true });
}

Deno.test("programs that read are known", () => {
  const scripts = [
    ...["ls", "ls -la src", "cat a b", "head -n 5 a", "tail -f log", "wc -l src/*.ts", "pwd"],
    ...["echo hi", "nl a", "stat a", "which git", "whoami", "uname -a", "true", "id", "seq 3"],
    ...["grep -rn 'a|b' src", "cut -d: -f1 a", "tr a b", "rev a", "paste a b", "uniq a", "uniq -c"],
    ...["cd src && ls", "ls | head -3", "cat a | grep b || true; pwd", "/bin/ls", "/usr/bin/wc a"],
    ...["find . -name 'x*' -type f", "find src -maxdepth 2 -print0"],
    ...["rg foo", "rg -n --hidden 'a b' src -g '!x'", "rg --files"],
    ...["sed -n 1,20p a", "sed -n 5p a b", "sed -n '$p' a", "sed -n 1,20p"],
    ...["base64 a", "base64 -d a", "base64 --decode a", "base64 -w0 a"],
    ...["git status", "git status --short", "git diff", "git diff --stat HEAD~1", "git diff -- a"],
    ...[
      "git log",
      "git log --oneline -5",
      "git log --since='2 days ago' -p -- src",
      "git show HEAD",
    ],
    ...["git show HEAD:src/a.ts", "git branch", "git branch -a", "git branch --list 'x*'"],
    ...["git branch --show-current", "git ls-files src", "git rev-parse --abbrev-ref HEAD"],
    ...["git log --format='%h %s'", "git diff | head"],
  ];
  deepStrictEqual(scripts.filter((script) => !isSafeScript(script)), []);
});

const ASKED = [
  // Another program, also behind a known one.
  ...[
    "make",
    "npm test",
    "rm a",
    "touch a",
    "ls && rm a",
    "ls; make",
    "ls | sh",
    "cat a | xargs rm",
  ],
  ...["true || python3 x.py", "cd / && ./ls", "./ls", "/tmp/ls", "/usr/local/bin/ls", "bin/ls"],
  ...["env ls", "sudo ls", "command ls", "exec ls", "time ls", "nohup ls", "xargs ls", "tee a"],
  ...["LS", "ls.", "awk 'BEGIN{}'", "less a", "sort -o a b", "date -s 1", "printenv"],
  // Shells and their own commands.
  ...["bash -c ls", "sh a", "eval ls", "source a", ". a", "alias ls=rm", "hash -p /tmp/x ls"],
  ...["export PATH=/tmp", "printf -v PATH /tmp", "set -x", "trap ls EXIT", "test -v 'a[$(b)]'"],
  ...["enable -f x ls", "builtin cd", "unset PATH", "read x", "PATH=/tmp ls", "LD_PRELOAD=x ls"],
  // More than plain words.
  ...[
    "ls > a",
    "cat < a",
    "echo $(rm a)",
    "echo `rm a`",
    "ls & rm a",
    "ls\nrm a",
    "cat *",
    "ls $X",
  ],
  // Options that write or run.
  ...[
    "find . -exec rm {} +",
    "find . -execdir x",
    "find . -ok x",
    "find . -okdir x",
    "find . -delete",
  ],
  ...["find . -fprint a", "find . -fprint0 a", "find . -fprintf a b", "find . -fls a"],
  ...["find . '-exec' rm", "find . -ex'ec' rm x"],
  ...[
    "rg --pre x a",
    "rg --pre=x a",
    "rg --hostname-bin=x a",
    "rg -z a",
    "rg -iz a",
    "rg --search-zip a",
  ],
  ...["sed -i s/a/b/ c", "sed 1p a", "sed -n 1p a -i", "sed -n 's/a/b/w c' d", "sed -n 1e a"],
  ...["sed -n '1p;w x' a", "sed -n 1,20p --in-place a", "sed -n '1p\nw x' a", "sed -ni 1p a"],
  ...[
    "base64 -o a b",
    "base64 --output=a b",
    "base64 -di -o a",
    "base64 -oa b",
    "uniq a b",
    "uniq a*",
    "uniq - b",
    "uniq -f1 - b",
    "uniq -- -a b",
  ],
  // git, which has many ways to run something.
  ...[
    "git",
    "git commit",
    "git checkout a",
    "git fetch",
    "git stash",
    "git config a b",
    "git lg",
  ],
  ...["git -c core.pager=x log", "git -C /tmp/x status", "git --git-dir=x status", "git -p log"],
  ...["git --exec-path=x status", "git --paginate log", "git --config-env=a=b log"],
  ...["git --work-tree=x diff", "git --no-pager log"],
  ...["git diff --ext-diff", "git diff --output=a", "git diff --outp=a", "git diff --textconv"],
  ...[
    "git log --output a",
    "git log -p --ext-d",
    "git show --output=x",
    "git log --show-signature",
  ],
  ...["git log --format=%G?", "git log --pretty='format:%h %GK'", "git status --ahead-behind"],
  ...[
    "git branch new",
    "git branch -d a",
    "git branch -D a",
    "git branch -m a b",
    "git branch -f a",
  ],
  ...["git branch --list -D a", "git branch -v new", "git branch --edit-description"],
  ...["git branch --set-upstream-to=a", "git branch -u a", "git rev-parse --parseopt"],
  // A repository of somebody's making.
  ...["cd sub && git status", "git diff; cd ..", "/usr/bin/git -c a=b log"],
];

Deno.test("whatever writes, runs something or may do so is asked about", () => {
  deepStrictEqual(ASKED.filter(isSafeScript), []);
});

Deno.test("an argument vector is looked at like a plain command", () => {
  const rows: [command: string[], isSafe: boolean][] = [
    [["ls", "-l"], true],
    [["cat", "a; rm b"], true],
    [["/bin/cat", "$(rm a)"], true],
    [["find", ".", "-delete"], false],
    [["/tmp/evil/bash", "-lc", "ls"], false],
    [["bash", "-lc", "ls", "rm"], false],
    [["bash", "-ic", "ls"], false],
    [["bash", "--rcfile", "x", "-c", "ls"], false],
    [[""], false],
    [[], false],
    [["toString"], false],
    [["git", "__proto__"], false],
  ];
  for (const [command, isSafe] of rows) {
    deepStrictEqual([command, isKnownSafe(command, { inTurnFolder: true })], [command, isSafe]);
  }
});

Deno.test("git is known only in the folder that the turn works in", () => {
  const command = ["git", "status"];
  strictEqual(isKnownSafe(command, { inTurnFolder: true }), true);
  strictEqual(isKnownSafe(command, { inTurnFolder: false }), false);
  strictEqual(isKnownSafe(["ls"], { inTurnFolder: false }), true);
});
