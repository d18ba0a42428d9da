/** What a model could ask of the file tools against the machine, as data: no level lets it pass. */

import type { FileChange } from "../../src/protocol/host.ts";
import type { AttackStage } from "./attack_stage.ts";

type Place = Pick<AttackStage, "work" | "outside" | "codexHome" | "roots">;

export interface CallAttack {
  readonly name: string;
  /** Made freely before; for `/bin/sh`, in the workspace. */
  readonly before?: string;
  /** What shows that it is worth a try, where the tool itself does no harm even freely. */
  readonly freely?: string;
  /** It may be done, but not where it seems to be aimed at. */
  readonly harmless?: true;
  readonly call: PatchCall | ReadCall;
}

interface PatchCall {
  readonly type: "patch";
  changes(place: Place): readonly FileChange[];
}

/** Of a path below the workspace, or an absolute one, where `PID` stands for that of decodex. */
interface ReadCall {
  readonly type: "read" | "list" | "search";
  readonly path: string;
}

const ROOT_LINK = "/proc/self/root";
const X = new TextEncoder().encode("x\n");

function add(name: string, path: (place: Place) => string, before?: string): CallAttack {
  const changes = (place: Place): FileChange[] => [{ type: "add", path: path(place), content: X }];
  return {
    name: `patch: ${name}`,
    call: { type: "patch", changes },
    ...before !== undefined && { before },
  };
}

function update(
  name: string,
  path: (place: Place) => string,
  movePath?: (place: Place) => string,
): CallAttack {
  return {
    name: `patch: ${name}`,
    call: {
      type: "patch",
      changes: (place) => [{
        type: "update",
        path: path(place),
        content: X,
        ...movePath && { movePath: movePath(place) },
      }],
    },
  };
}

function remove(name: string, path: (place: Place) => string): CallAttack {
  const changes = (place: Place): FileChange[] => [{ type: "delete", path: path(place) }];
  return { name: `patch: ${name}`, call: { type: "patch", changes } };
}

const PATCHES: readonly CallAttack[] = [
  add("a new file outside", ({ outside }) => `${outside}/new`),
  add("a new file in a new folder outside", ({ outside }) => `${outside}/a/b/new`),
  update("a changed file outside", ({ outside }) => `${outside}/secret`),
  remove("a removed file outside", ({ outside }) => `${outside}/secret`),
  add("dot dot", ({ work }) => `${work}/../out/dots`),
  {
    ...add("dot dot behind a link", ({ work }) => `${work}/link_out/../out/dots`),
    freely: "echo x > link_out/../out/dots",
    harmless: true,
  },
  {
    ...update("a hard link to a file outside", ({ work }) => `${work}/hard`),
    before: 'ln "$OUTSIDE/secret" hard',
    freely: "echo x >> hard",
    harmless: true,
  },
  add("a folder that is a link", ({ work }) => `${work}/link_out/through`),
  add("a new folder behind a link", ({ work }) => `${work}/link_out/a/b`),
  update("a file that is a link", ({ work }) => `${work}/file_out`),
  add("an added file that is a link", ({ work }) => `${work}/file_out`),
  remove("a file removed behind a link", ({ work }) => `${work}/link_out/secret`),
  update(
    "a file moved out",
    ({ work }) => `${work}/deep/own`,
    ({ outside }) => `${outside}/moved`,
  ),
  update(
    "a file moved out by a link",
    ({ work }) => `${work}/deep/own`,
    ({ work }) => `${work}/link_out/moved`,
  ),
  update(
    "a file moved in",
    ({ outside }) => `${outside}/secret`,
    ({ work }) => `${work}/taken`,
  ),
  {
    name: "patch: a good file together with one outside",
    call: {
      type: "patch",
      changes: ({ work, outside }) => [
        { type: "add", path: `${work}/good`, content: X },
        { type: "add", path: `${outside}/bad`, content: X },
      ],
    },
  },
  add("a hook of git", ({ work }) => `${work}/.git/hooks/pre-commit`),
  update("a setting of git", ({ work }) => `${work}/.git/config`),
  remove("git's head removed", ({ work }) => `${work}/.git/HEAD`),
  update("git's head moved", ({ work }) => `${work}/.git/HEAD`, ({ work }) => `${work}/head`),
  {
    ...add("a hook of git in capitals", ({ work }) => `${work}/.GIT/hooks/pre-commit`),
    freely: "mkdir -p .GIT/hooks && echo x > .GIT/hooks/pre-commit",
  },
  add("the end of a link that leads nowhere", ({ work }) => `${work}/nowhere/config.toml`),
  {
    ...add("a link that leads nowhere", ({ work }) => `${work}/linked/.codex/config.toml`),
    freely: "mkdir nowhere && echo x > linked/.codex/config.toml",
  },
  add("a hook of git by a link", ({ work }) => `${work}/g/hooks/pre-commit`, "ln -s .git g"),
  add("a first setting of decodex", ({ work }) => `${work}/.codex/config.toml`),
  {
    ...add("a first setting in capitals", ({ work }) => `${work}/.Codex/config.toml`),
    freely: "mkdir .Codex && echo x > .Codex/config.toml",
  },
  add("a first skill", ({ work }) => `${work}/.agents/skills/x/SKILL.md`),
  add("a file named as a protected folder", ({ work }) => `${work}/.agents`),
  add("a first repository below", ({ roots }) => `${roots[1]}/.git/config`),
  update("the file that leads to a repository", ({ roots }) => `${roots[0]}/.git`),
  add("a repository that a file leads to", ({ work }) => `${work}/shared/store/hooks/pre-commit`),
  update("a setting in the home", ({ codexHome }) => `${codexHome}/config.toml`),
  add("a new file in the home", ({ codexHome }) => `${codexHome}/auth.json`),
];

const READS: readonly CallAttack[] = [
  ...["/proc/PID/environ", "/proc/self/environ", "/proc/thread-self/environ", "environ_out"],
  ...["/proc/PID/maps", `${ROOT_LINK}/proc/PID/environ`, "/dev/../proc/PID/environ"],
  ...["/dev/fd/0", "/dev/stdin", "/dev/zero"],
].map((path) => reading("read", path));

const FOLDERS: readonly CallAttack[] = ["/proc/PID", "/proc/self/fd", `${ROOT_LINK}/proc/PID`]
  .flatMap((path) => [reading("list", path), reading("search", path)]);

function reading(type: ReadCall["type"], path: string): CallAttack {
  const program = type === "read" ? "head -c 1" : "ls";
  const script = `${program} ${path.replace("PID", "$FRONT_PID")} >/dev/null`;
  return { name: `${type} ${path}`, freely: script, call: { type, path } };
}

export const CALL_ATTACKS: readonly CallAttack[] = [...PATCHES, ...READS, ...FOLDERS];
