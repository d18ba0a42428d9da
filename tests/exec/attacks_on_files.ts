/** What a command could try against files that it may not change: each works without a sandbox. */

import {
  type Attack,
  BY_MOUNTS_ALONE,
  MOUNTED_OR_UNDONE,
  REFUSED,
  UNDONE,
  UNDONE_ANYWHERE,
  UNDONE_LATER,
} from "./attack.ts";

export const OUTSIDE_WRITES: readonly Attack[] = [
  { name: "a new file outside", script: 'echo x > "$OUTSIDE/new"', expected: REFUSED },
  { name: "a changed file outside", script: 'echo x >> "$OUTSIDE/secret"', expected: REFUSED },
  { name: "an emptied file outside", script: ': > "$OUTSIDE/secret"', expected: REFUSED },
  { name: "a removed file outside", script: 'rm "$OUTSIDE/secret"', expected: REFUSED },
  { name: "a folder outside", script: 'mkdir "$OUTSIDE/folder"', expected: REFUSED },
  { name: "a pipe outside", script: 'mkfifo "$OUTSIDE/pipe"', expected: REFUSED },
  { name: "a link outside", script: 'ln -s / "$OUTSIDE/link"', expected: REFUSED },
  {
    name: "a working folder outside",
    script: "echo x > new",
    workdir: "outside",
    expected: REFUSED,
  },
  { name: "dot dot", script: "echo x > ../out/dots", expected: REFUSED },
  { name: "a link that is there", script: "echo x > link_out/through", expected: REFUSED },
  {
    name: "a link that is made",
    script: 'ln -s "$OUTSIDE" made_link && echo x > made_link/through',
    expected: REFUSED,
  },
  {
    name: "a hard link to a file outside",
    script: 'ln "$OUTSIDE/secret" hard && echo x >> hard',
    expected: REFUSED,
  },
  { name: "a file moved out", script: 'echo x > moved; mv moved "$OUTSIDE"', expected: REFUSED },
  { name: "a file moved in", script: 'mv "$OUTSIDE/secret" taken', expected: REFUSED },
  {
    name: "the root of /proc/self",
    script: 'echo x > /proc/self/root"$OUTSIDE/root"',
    expected: REFUSED,
  },
  { name: "the workspace itself moved", script: 'mv "$PWD" "$PWD.moved"', expected: REFUSED },
  {
    name: "rights of a file outside",
    script: 'chmod 777 "$OUTSIDE/secret"',
    expected: BY_MOUNTS_ALONE,
  },
  {
    name: "times of a file outside",
    script: 'touch -d 2001-01-01 "$OUTSIDE/secret"',
    expected: BY_MOUNTS_ALONE,
  },
  {
    name: "an attribute of a file outside",
    script: '"$PROBE" setxattr "$OUTSIDE/secret"',
    expected: BY_MOUNTS_ALONE,
    needs: ["kernel"],
  },
  {
    name: "the owner of a file outside",
    script: 'chown 1:1 "$OUTSIDE/secret"',
    expected: BY_MOUNTS_ALONE,
    needs: ["root"],
  },
  {
    name: "a library loaded first",
    script: 'cp "$EVIL_LIBRARY" e.so && LD_PRELOAD=./e.so env true; test -e "$OUTSIDE/preloaded"',
    expected: REFUSED,
    needs: ["gcc"],
  },
];

export const PROTECTED_WRITES: readonly Attack[] = [
  { name: "a new hook of git", script: "echo x > .git/hooks/pre-commit", expected: UNDONE },
  { name: "a changed setting of git", script: "echo '[x]' >> .git/config", expected: UNDONE },
  { name: "a setting of git moved over", script: "echo x > c; mv c .git/config", expected: UNDONE },
  { name: "rights of a file of git", script: "chmod 777 .git/config", expected: UNDONE },
  {
    name: "a hard link to a setting of git",
    script: "ln .git/config config && echo x >> config",
    expected: UNDONE,
  },
  { name: "git removed", script: "rm -rf .git; ! test -e .git/config", expected: UNDONE },
  {
    name: "git exchanged",
    script: "mv .git old_git && mkdir -p .git/hooks && echo x > .git/hooks/pre-commit",
    expected: UNDONE,
  },
  {
    name: "a first setting of decodex",
    script: "mkdir -p .codex && echo x > .codex/config.toml",
    expected: UNDONE,
  },
  {
    name: "a link in its place",
    script: 'ln -sn "$PWD/elsewhere" .codex && test -L .codex',
    expected: UNDONE,
  },
  { name: "a file in its place", script: "echo x > .agents", expected: UNDONE },
  { name: "a folder moved there", script: "mkdir a && mv -T a .agents", expected: UNDONE },
  {
    name: "the end of a link that leads nowhere",
    script: "mkdir -p nowhere && echo x > nowhere/config.toml",
    expected: UNDONE,
  },
  {
    name: "a link exchanged for a folder",
    script: "rm linked/.codex && mkdir linked/.codex && echo x > linked/.codex/config.toml",
    expected: UNDONE_ANYWHERE,
  },
  {
    name: "a first repository in a folder of its own",
    script: "mkdir -p nested/.git/hooks && echo x > nested/.git/hooks/pre-commit",
    expected: UNDONE,
  },
  {
    name: "a folder of its own exchanged",
    script: "mv nested old_nested && mkdir -p nested/.git && echo x > nested/.git/config",
    expected: UNDONE,
  },
  {
    name: "the file that leads to a repository",
    script: 'echo "gitdir: $PWD/evil" > "$TREE/.git"',
    expected: UNDONE,
  },
  {
    name: "a repository that a file leads to",
    script: "mkdir -p shared/store/hooks && echo x > shared/store/hooks/pre-commit",
    expected: UNDONE,
  },
  {
    name: "the folder of a repository that a file leads to exchanged",
    script: "mv shared old_shared && cp -r old_shared shared && mkdir -p shared/store/hooks && " +
      "echo x > shared/store/hooks/pre-commit",
    expected: MOUNTED_OR_UNDONE,
  },
  {
    name: "the repository around a submodule's exchanged",
    script: "cd super && mv .git old_git && cp -r old_git .git && " +
      "echo x > .git/modules/sub/hooks/pre-commit",
    expected: MOUNTED_OR_UNDONE,
  },
  {
    name: "a submodule exchanged",
    script: 'mv super/sub super/old && mkdir super/sub && echo "gitdir: evil" > super/sub/.git',
    expected: MOUNTED_OR_UNDONE,
  },
  {
    name: "a setting of decodex in its home",
    script: "echo x >> deep/home/codex/config.toml",
    expected: UNDONE,
  },
  {
    name: "the folders above the home exchanged",
    script: "mv deep old_deep && mkdir -p deep/home/codex && echo x > deep/home/codex/config.toml",
    expected: MOUNTED_OR_UNDONE,
  },
  {
    name: "a link for the folders above the home",
    script: "mkdir -p evil/home/codex && echo x > evil/home/codex/config.toml && " +
      "mv deep older_deep && ln -s evil deep",
    expected: MOUNTED_OR_UNDONE,
  },
  {
    name: "the link to the home exchanged",
    script: "rm home && mkdir home && echo x > home/config.toml",
    expected: UNDONE_ANYWHERE,
  },
  {
    name: "a repository that a file leads to before it is there",
    script: "mkdir -p missing/x/hooks && echo x > missing/x/hooks/pre-commit",
    expected: UNDONE_ANYWHERE,
  },
  {
    name: "a link for git, and what it hits when git is put back",
    script: 'mv .git away && ln -s "$OUTSIDE" .git',
    expected: UNDONE,
  },
  {
    name: "a folder of git that nobody may enter",
    script: "mkdir .git/closed && echo x > .git/closed/x && chmod 0 .git/closed .git",
    expected: UNDONE,
  },
];

/** Each ends what is meant to put back what it did, or stays behind to do it again. */
export const UNDOING: readonly Attack[] = [
  {
    name: "a link exchanged, and the host process killed",
    script: "rm -rf linked/.codex && mkdir linked/.codex && echo x > linked/.codex/config.toml; " +
      "kill -9 ${HOST_PID:-$PPID}; test -e linked/.codex/config.toml",
    expected: UNDONE_ANYWHERE,
  },
  {
    name: "git changed, and the host process killed",
    script:
      "echo x > .git/hooks/pre-commit; kill -9 ${HOST_PID:-$PPID}; test -e .git/hooks/pre-commit",
    expected: UNDONE,
  },
  {
    name: "a writable root exchanged for a link, and the host process killed",
    script: 'mv nested old_nested && ln -s "$OUTSIDE" nested; kill -9 ${HOST_PID:-$PPID}',
    expected: UNDONE_ANYWHERE,
  },
  {
    name: "what the root leads to by then",
    script: "echo x > nested/secret",
    expected: UNDONE_ANYWHERE,
  },
  {
    name: "git changed again and again",
    script:
      "echo x > .git/hooks/pre-commit && (while test -d .git; do echo x > .git/hooks/pre-commit; " +
      "sleep 0.02; done) >/dev/null 2>&1 &\nsleep 0.1; test -e .git/hooks/pre-commit",
    expected: UNDONE_LATER,
  },
];
