/** Each sandbox policy at each level, with real commands and patches: what it opens, and what not. */

import { deepStrictEqual } from "node:assert/strict";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import { type TestContext, Workspace } from "./workspace.ts";

const LEVELS: readonly SandboxLevel[] = ["bubblewrap", "landlock", "none"];

/** `own` is the session's own TMPDIR, which only commands are told of. */
const PLACES = ["work", "more", "tmpdir", "/tmp", "outside", "own"] as const;
type Place = (typeof PLACES)[number];

const WORKSPACE_WRITE = {
  type: "workspace-write",
  writable_roots: [],
  network_access: false,
  exclude_tmpdir_env_var: false,
  exclude_slash_tmp: false,
} as const satisfies SandboxPolicy;

interface Row {
  readonly policy: (more: string) => SandboxPolicy;
  /** Where a patch may write, and where a command that something holds; beside the session's own. */
  readonly open: readonly Place[];
  readonly network?: true;
}

const ROWS: Readonly<Record<string, Row>> = {
  "read-only": { policy: () => ({ type: "read-only" }), open: [] },
  "workspace-write": { policy: () => WORKSPACE_WRITE, open: ["work", "tmpdir", "/tmp"] },
  "a further root, as of --add-dir": {
    policy: (more) => ({ ...WORKSPACE_WRITE, writable_roots: [more] }),
    open: ["work", "more", "tmpdir", "/tmp"],
  },
  "network_access": {
    policy: () => ({ ...WORKSPACE_WRITE, network_access: true }),
    open: ["work", "tmpdir", "/tmp"],
    network: true,
  },
  "exclude_tmpdir_env_var": {
    policy: () => ({ ...WORKSPACE_WRITE, exclude_tmpdir_env_var: true }),
    open: ["work", "/tmp"],
  },
  "exclude_slash_tmp": {
    policy: () => ({ ...WORKSPACE_WRITE, exclude_slash_tmp: true }),
    open: ["work", "tmpdir"],
  },
  "all that can be excluded": {
    policy: (more) => ({
      ...WORKSPACE_WRITE,
      writable_roots: [more],
      exclude_tmpdir_env_var: true,
      exclude_slash_tmp: true,
    }),
    open: ["work", "more"],
  },
  "danger-full-access": {
    policy: () => ({ type: "danger-full-access" }),
    open: ["work", "more", "tmpdir", "/tmp", "outside", "own"],
    network: true,
  },
};

/** Tells of each place, and of the network, whether it is open. */
const SCRIPT = `for place in "$@"; do
  if : 2>/dev/null > "$place/probe-$NAME"; then echo yes; rm "$place/probe-$NAME"; else echo no; fi
done
if (exec 3<>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null; then echo yes; else echo no; fi`;

interface Stage extends AsyncDisposable {
  readonly paths: Readonly<Record<Place, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** Not below `/tmp`, which is a place of its own. */
async function openStage(): Promise<Stage> {
  const root = await Deno.realPath(
    await Deno.makeTempDir({ dir: "/var/tmp", prefix: "decodex_policy_" }),
  );
  const folders = ["work", "more", "tmpdir", "outside", "own"] as const;
  for (const name of folders) await Deno.mkdir(`${root}/${name}`);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const at = (name: string): string => `${root}/${name}`;
  const { PATH = "", HOME = "", DENO_DIR } = Deno.env.toObject();
  return {
    paths: {
      work: at("work"),
      more: at("more"),
      tmpdir: at("tmpdir"),
      "/tmp": "/tmp",
      outside: at("outside"),
      own: at("own"),
    },
    environment: {
      PATH,
      HOME,
      ...DENO_DIR !== undefined && { DENO_DIR },
      TMPDIR: at("tmpdir"),
      NAME: crypto.randomUUID(),
      PORT: String(listener.addr.port),
    },
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}

async function openToCommands(workspace: Workspace, stage: Stage, context: TestContext) {
  const places = PLACES.map((place) => stage.paths[place]);
  const { output } = await workspace.host.exec({
    command: ["/bin/bash", "-c", SCRIPT, "probe", ...places],
    cwd: stage.paths.work,
    timeoutMs: 10_000,
  }, context);
  const answers = output.trim().split("\n");
  return {
    open: PLACES.filter((_, index) => answers[index] === "yes"),
    network: answers[PLACES.length] === "yes",
  };
}

async function openToPatches(workspace: Workspace, stage: Stage, context: TestContext) {
  const { files } = workspace.host;
  const open: Place[] = [];
  for (const place of PLACES) {
    const path = `${stage.paths[place]}/patch-${stage.environment["NAME"]}`;
    const made = await files.apply([{ type: "add", path, content: new Uint8Array() }], context)
      .then(() => true, () => false);
    if (!made) continue;
    await Deno.remove(path);
    open.push(place);
  }
  return open;
}

for (const level of LEVELS) {
  Deno.test(`every policy opens what it says, to commands and patches (${level})`, async (t) => {
    await using stage = await openStage();
    await using workspace = new Workspace({
      inProcess: false,
      sandboxLevel: level,
      environment: stage.environment,
      tempDir: stage.paths.own,
    });
    for (const [name, { policy, open, network = false }] of Object.entries(ROWS)) {
      const sandboxPolicy = policy(stage.paths.more);
      const context = workspace.context({ cwd: stage.paths.work, sandboxPolicy });
      const report = await workspace.host.prepare(context.turn);
      if (report.level !== level && sandboxPolicy.type !== "danger-full-access") {
        console.log(`skipped: policies at ${level}: ${report.faults[0]?.reason}`);
        return;
      }
      await t.step(name, async () => {
        const commands = await openToCommands(workspace, stage, context);
        const held = level !== "none";
        const withOwn = [...open, ...open.includes("own") ? [] : ["own"]];
        deepStrictEqual(commands, {
          open: held ? withOwn : [...PLACES],
          network: !held || network,
        });
        deepStrictEqual(await openToPatches(workspace, stage, context), withOwn);
      });
    }
  });
}
