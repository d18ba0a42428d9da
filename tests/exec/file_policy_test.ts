/** A patch may write exactly where a command may, at every level that this machine has. */

import { deepStrictEqual } from "node:assert/strict";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import { encode, failureOf } from "./file_stage.ts";
import { type TestContext, Workspace } from "./workspace.ts";

/** Below the workspace's own folder, where `project` is the working folder; `temp` is TMPDIR. */
const WORKSPACE_PLACES: Readonly<Record<string, boolean>> = {
  "project/new": true,
  "project/deep/er/new": true,
  "project/.git/config": false,
  "project/.codex/config.toml": false,
  "project/home/config.toml": false,
  "project/way-out/new": false,
  "more/new": true,
  "more/.agents/new": false,
  "missing/new": false,
  "outside/new": false,
  "temp/new": true,
  "temp/.git/new": true,
};

const READ_ONLY_PLACES: Readonly<Record<string, boolean>> = {
  "project/new": false,
  "outside/new": false,
  "temp/new": true,
};

const ROOT_PLACES: Readonly<Record<string, boolean>> = {
  "project/new": true,
  "outside/new": true,
  "project/.git/config": false,
};

const LEVELS: readonly SandboxLevel[] = ["bubblewrap", "landlock", "none"];

for (const level of LEVELS) {
  Deno.test(`patches and commands write in the same places, at level ${level}`, async () => {
    await compare(level, { places: WORKSPACE_PLACES, roots: ["more", "missing"] });
    await compare(level, { places: READ_ONLY_PLACES });
    // A command finds no device where bubblewrap opens everything, and cannot start.
    await compare(level, { places: ROOT_PLACES, roots: ["/"] });
  });
}

/** Without roots the policy is to read only. */
async function compare(
  level: SandboxLevel,
  { places, roots }: { places: Readonly<Record<string, boolean>>; roots?: readonly string[] },
): Promise<void> {
  await using stage = await openStage(level);
  const { path, host } = stage;
  const sandboxPolicy: SandboxPolicy = !roots ? { type: "read-only" } : {
    type: "workspace-write",
    writable_roots: roots.map((root) => root === "/" ? root : `${path}/${root}`),
    network_access: false,
    exclude_tmpdir_env_var: true,
    exclude_slash_tmp: true,
  };
  const ctx = stage.context({ cwd: `${path}/project`, sandboxPolicy });
  const report = await host.prepare(ctx.turn);
  if (report.level !== level) {
    console.log(`skipped: level ${level}: ${report.faults[0]?.reason}`);
    return;
  }
  const byPatch: Record<string, boolean> = {};
  const byCommand: Record<string, boolean> = {};
  for (const place of Object.keys(places)) {
    const real = place.replace("project/way-out", "outside").replace(/^temp/, stage.spoolParent);
    const file = real.startsWith("/") ? real : `${path}/${real}`;
    const asked = place.startsWith("temp") ? file : `${path}/${place}`;
    byPatch[place] = await writes(file, () => applyPatch(stage, { path: asked, ctx }));
    // Nothing holds commands at the lowest level.
    if (level === "none") byCommand[place] = byPatch[place];
    else byCommand[place] = await writes(file, () => runCommand(stage, { path: asked, ctx }));
  }
  deepStrictEqual({ byPatch, byCommand }, { byPatch: places, byCommand: places });
}

/** CODEX_HOME is in the workspace. */
async function openStage(level: SandboxLevel): Promise<Workspace> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const codexHome = `${root}/project/home`;
  const stage = new Workspace({ path: root, inProcess: false, sandboxLevel: level, codexHome });
  for (const folder of ["project/.git", "project/home", "more", "outside"]) {
    await Deno.mkdir(`${root}/${folder}`, { recursive: true });
  }
  await Deno.symlink("../outside", `${root}/project/way-out`);
  return stage;
}

async function writes(file: string, attempt: () => Promise<unknown>): Promise<boolean> {
  const textOf = () => Deno.readTextFile(file).catch(() => undefined);
  const before = await textOf();
  await attempt();
  const after = await textOf();
  if (before !== undefined) await Deno.writeTextFile(file, before);
  else if (after !== undefined) await Deno.remove(file);
  return after !== before;
}

interface Attempt {
  readonly path: string;
  readonly ctx: TestContext;
}

async function applyPatch({ host }: Workspace, { path, ctx }: Attempt): Promise<void> {
  const changes = [{ type: "add", path, content: encode("new\n") } as const];
  await failureOf(() => host.files.apply(changes, ctx));
}

async function runCommand({ host }: Workspace, { path, ctx }: Attempt): Promise<void> {
  const script = 'mkdir -p "${1%/*}" && echo new > "$1"';
  const command = ["/bin/sh", "-c", script, "sh", path];
  await host.exec({ command, cwd: ctx.turn.cwd, timeoutMs: 10_000 }, ctx);
}
