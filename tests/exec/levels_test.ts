/** The ladder on this machine: what stands in the way of a level is told, and the next one is taken. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import type { LevelReport } from "../../src/exec/host_pool.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import { Workspace } from "./workspace.ts";

const READ_ONLY: SandboxPolicy = { type: "read-only" };
const INSTALL = "install the package bubblewrap";
const ALLOW = "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, or " +
  "kernel.apparmor_restrict_unprivileged_userns=0)";

/** What a session reaches where `bwrap` is the given script, or not there. */
async function reach(
  bwrap: string | undefined,
): Promise<LevelReport & { readonly output: string }> {
  const folder = await Deno.makeTempDir({ prefix: "decodex_levels_" });
  if (bwrap !== undefined) await Deno.writeTextFile(`${folder}/bwrap`, bwrap, { mode: 0o755 });
  const { HOME = "", DENO_DIR } = Deno.env.toObject();
  const environment = { PATH: folder, HOME, ...DENO_DIR !== undefined && { DENO_DIR } };
  try {
    await using workspace = new Workspace({ inProcess: false, environment });
    const context = workspace.context({ sandboxPolicy: READ_ONLY });
    const report = await workspace.host.prepare(context.turn);
    const { output } = await workspace.host.exec({
      command: ["/bin/sh", "-c", "echo it runs; echo x > own || echo and writes nothing"],
      cwd: workspace.path,
      timeoutMs: 10_000,
    }, context);
    return { ...report, output: output.replace(/\/bin\/sh: .*\n/, "") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function hasLandlock(): Promise<boolean> {
  const { level, faults } = await reach(undefined);
  if (level === "landlock") return true;
  console.log(`skipped: the level below bubblewrap: ${faults[1]?.reason}`);
  return false;
}

Deno.test({
  name: "without bubblewrap a session is held by Landlock, and told what to install",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    if (!await hasLandlock()) return;
    const { level, faults, output } = await reach(undefined);
    strictEqual(level, "landlock");
    deepStrictEqual(faults.map(({ level, remedy }) => [level, remedy]), [["bubblewrap", INSTALL]]);
    strictEqual(output, "it runs\nand writes nothing\n");
  },
});

Deno.test({
  name: "where no namespace may be made a session is held by Landlock, and told why",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    if (!await hasLandlock()) return;
    const reason = "bwrap: No permissions to create new namespace";
    const { level, faults, output } = await reach(`#!/bin/sh\necho '${reason}' >&2\nexit 1\n`);
    strictEqual(level, "landlock");
    deepStrictEqual(faults, [{ level: "bubblewrap", reason, remedy: ALLOW }]);
    strictEqual(output, "it runs\nand writes nothing\n");
  },
});

Deno.test({
  name: "a bubblewrap that cannot refuse namespaces is used without that",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    const which = new Deno.Command("/bin/sh", { args: ["-c", "command -v bwrap"], stdin: "null" });
    const real = new TextDecoder().decode((await which.output()).stdout).trim();
    if (real === "") return console.log("skipped: an old bubblewrap: there is none at all");
    const { level, faults, output } = await reach(`#!/bin/sh
case " $* " in *" --disable-userns "*)
  echo 'bwrap: Unknown option --disable-userns' >&2; exit 1;;
esac
exec ${real} "$@"
`);
    if (level !== "bubblewrap") {
      match(faults[0]?.reason ?? "", /namespace|permit/i);
      return console.log(`skipped: an old bubblewrap: ${faults[0]?.reason}`);
    }
    deepStrictEqual(faults, []);
    strictEqual(output, "it runs\nand writes nothing\n");
  },
});

Deno.test({
  name: "what goes by the name of bubblewrap and confines nothing is no level",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    if (!await hasLandlock()) return;
    const { level, faults, output } = await reach(
      '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n',
    );
    strictEqual(level, "landlock");
    const reason = "bwrap is not bubblewrap: what it started sees all processes";
    deepStrictEqual(faults, [{ level: "bubblewrap", reason, remedy: INSTALL }]);
    strictEqual(output, "it runs\nand writes nothing\n");
  },
});
