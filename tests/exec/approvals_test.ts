/** Approvals on a real machine: what was refused inside is done outside, and only after a yes. */

import {
  deepStrictEqual,
  match,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { bubblewrapArguments } from "../../src/exec/sandbox/bubblewrap.ts";
import { ToolError } from "../../src/protocol/error.ts";
import type {
  AskForApproval,
  RequestedPermissions,
  ReviewDecision,
} from "../../src/protocol/policy.ts";
import { FOLDER_ALONE, type TestContext, Workspace } from "./workspace.ts";

const FILES = "only the writable folders may be written, and no protected path in them";

/** A confined host, and a folder that it does not reach. */
class Bench implements AsyncDisposable {
  readonly workspace: Workspace;
  readonly outside: string;
  readonly home: string;

  constructor(level: "bubblewrap" | "landlock") {
    this.outside = Deno.realPathSync(Deno.makeTempDirSync());
    this.home = Deno.realPathSync(Deno.makeTempDirSync());
    this.workspace = new Workspace({
      inProcess: false,
      sandboxLevel: level,
      codexHome: this.home,
      environment: { PATH: "/usr/local/bin:/usr/bin:/bin", ...Deno.env.toObject() },
    });
  }

  context(
    approvalPolicy: AskForApproval,
    options: { decision?: ReviewDecision; granted?: RequestedPermissions } = {},
  ): TestContext {
    return this.workspace.context({ approvalPolicy, sandboxPolicy: FOLDER_ALONE, ...options });
  }

  async exec(
    script: string,
    ctx: TestContext,
    escalation?: { justification: string; permissions?: RequestedPermissions },
  ) {
    return await this.workspace.host.exec({
      command: ["/bin/bash", "-c", script],
      cwd: this.workspace.path,
      timeoutMs: 20_000,
      ...escalation && { escalation },
    }, ctx);
  }

  /** What has come to lie outside, beside what holds the place of protected folders. */
  written(): string[] {
    return namesIn(this.outside).filter((name) => !name.startsWith("."));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workspace[Symbol.asyncDispose]();
    for (const path of [this.outside, this.home]) await Deno.remove(path, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

for (const level of ["bubblewrap", "landlock"] as const) {
  Deno.test(`a command writes outside only once it was asked for and approved (${level})`, async () => {
    await using bench = new Bench(level);
    const script = `echo x > ${bench.outside}/new`;
    const refused = bench.context("on-request");
    const { exitCode, output } = await bench.exec(script, refused);
    notStrictEqual(exitCode, 0);
    const remedy = 'ask for it with sandbox_permissions "require_escalated"';
    ok(output.endsWith(`\n[OS sandbox: ${FILES}; ${remedy}]\n`), output);
    deepStrictEqual([refused.asked, refused.denied, bench.written()], [[], [
      { need: `what "${script}" tried`, layer: "OS sandbox", rule: FILES, remedy },
    ], []]);

    const justification = "May I write it?";
    const denied = bench.context("on-request");
    await rejects(bench.exec(script, denied, { justification }), ToolError);
    deepStrictEqual(bench.written(), []);

    const approved = bench.context("on-request", { decision: "approved" });
    strictEqual((await bench.exec(script, approved, { justification })).exitCode, 0);
    deepStrictEqual([approved.denied, bench.written()], [[], ["new"]]);
  });

  Deno.test(`what failed inside is asked for and run again outside (${level})`, async () => {
    await using bench = new Bench(level);
    const script = `echo once >> count; echo x > ${bench.outside}/new`;
    const denied = bench.context("on-failure");
    const first = await bench.exec(script, denied);
    match(first.output, /\n\[approval: the answer to the question was no; [^\n]*\]\n$/);
    deepStrictEqual(denied.asked, [{
      type: "exec",
      command: ["/bin/bash", "-c", script],
      cwd: bench.workspace.path,
      escalated: true,
      reason: "command failed in the sandbox",
    }]);
    deepStrictEqual(denied.denied.map(({ layer }) => layer), ["approval"]);
    deepStrictEqual(bench.written(), []);

    const approved = bench.context("on-failure", { decision: "approved" });
    const { exitCode, output } = await bench.exec(script, approved);
    deepStrictEqual([exitCode, output, approved.denied], [0, "", []]);
    deepStrictEqual(bench.written(), ["new"]);
    const counted = await Deno.readTextFile(`${bench.workspace.path}/count`);
    strictEqual(counted, "once\n".repeat(3));
  });

  Deno.test(`a process that ends while it is waited for is run again as well (${level})`, async () => {
    await using bench = new Bench(level);
    const { processes } = bench.workspace.host;
    const start = (script: string, ctx: TestContext, yieldTimeMs: number) =>
      processes.start({
        command: ["/bin/sh", "-c", script],
        cwd: bench.workspace.path,
        tty: true,
        yieldTimeMs,
      }, ctx);
    const approved = bench.context("untrusted", { decision: "approved" });
    const result = await start(`echo x > ${bench.outside}/new`, approved, 20_000);
    deepStrictEqual([result.exit?.code, bench.written()], [0, ["new"]]);
    deepStrictEqual(approved.asked.map(({ reason }) => reason), [
      "command is not known to be safe",
      "command failed in the sandbox",
    ]);
    // Later nobody is asked: its end is only told.
    const ctx = bench.context("on-failure");
    const { sessionId = 0 } = await start(`read x; echo x > ${bench.outside}/late`, ctx, 250);
    const end = await processes.write({ sessionId, chars: "\n", yieldTimeMs: 20_000 }, ctx);
    match(end.output, /\n\[OS sandbox: [^\n]*; the user can allow it with --add-dir DIR\]\n$/);
    deepStrictEqual([ctx.asked, ctx.denied.length, bench.written()], [[], 1, ["new"]]);
  });

  Deno.test(`a granted folder may be written for the turn, but what is protected in it not (${level})`, async () => {
    await using bench = new Bench(level);
    const ctx = bench.context("on-request", { decision: "approved" });
    const permissions = { file_system: { write: [bench.outside] } };
    const granted = await bench.workspace.host.requestPermissions(
      { permissions, reason: "r" },
      ctx,
    );
    deepStrictEqual(granted, permissions);
    deepStrictEqual(ctx.asked, [{ type: "permissions", permissions, reason: "r" }]);
    strictEqual((await bench.exec(`echo x > ${bench.outside}/new`, ctx)).exitCode, 0);
    const content = new TextEncoder().encode("y");
    await bench.workspace.host.files.apply(
      [{ type: "add", path: `${bench.outside}/patched`, content }],
      ctx,
    );
    await bench.exec(`mkdir ${bench.outside}/.git; echo x > ${bench.outside}/.git/config`, ctx);
    deepStrictEqual(bench.written(), ["new", "patched"]);
    await rejects(Deno.stat(`${bench.outside}/.git/config`));
    strictEqual(ctx.denied.at(-1)?.layer, "OS sandbox");
    deepStrictEqual(ctx.asked.length, 1);
    // Another turn was granted nothing.
    await bench.exec(`echo x > ${bench.outside}/later`, bench.context("on-request"));
    deepStrictEqual(bench.written(), ["new", "patched"]);
  });

  Deno.test(`more rights for one command are for that one alone, in a sandbox (${level})`, async () => {
    await using bench = new Bench(level);
    const script = `echo x > ${bench.outside}/$1; echo x > ${bench.home}/open`;
    const permissions = { file_system: { write: [bench.outside] } };
    const ctx = bench.context("on-request", { decision: "approved" });
    await bench.exec(script.replace("$1", "one"), ctx, { justification: "why", permissions });
    deepStrictEqual(ctx.asked, [{
      type: "exec",
      command: ["/bin/bash", "-c", script.replace("$1", "one")],
      cwd: bench.workspace.path,
      escalated: false,
      permissions,
      reason: "why",
    }]);
    await bench.exec(script.replace("$1", "two"), ctx);
    deepStrictEqual([bench.written(), namesIn(bench.home)], [["one"], []]);
    const closed = { file_system: { write: [bench.outside, `${bench.workspace.path}/.git`] } };
    await rejects(
      bench.exec("true", ctx, { justification: "why", permissions: closed }),
      /additional_permissions rejected\n\[path policy: /,
    );
  });

  Deno.test(`the network is there once it was granted (${level})`, async () => {
    await using bench = new Bench(level);
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response("reached"),
    );
    const { port } = server.addr;
    const script = `exec 3<>/dev/tcp/127.0.0.1/${port} && ` +
      "printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3";
    const ctx = bench.context("on-request", { decision: "approved" });
    notStrictEqual((await bench.exec(script, ctx)).exitCode, 0);
    const permissions = { network: { enabled: true } };
    const { requestPermissions } = bench.workspace.host;
    deepStrictEqual(await requestPermissions({ permissions }, ctx), permissions);
    match((await bench.exec(script, ctx)).output, /reached$/);
  });
}

Deno.test("no grant opens what is protected, everything by another name, or what is not there", async () => {
  await using bench = new Bench("landlock");
  const { path } = bench.workspace;
  await Deno.mkdir(`${path}/.git/hooks`, { recursive: true });
  await Deno.mkdir(`${bench.outside}/.Codex`);
  await Deno.mkdir(`${bench.home}/rules`);
  await Deno.symlink("/", `${path}/all`);
  await Deno.symlink(bench.home, `${path}/home`);
  await Deno.symlink(`${path}/.git`, `${path}/metadata`);
  const closed = [
    ...[`${path}/.git`, `${path}/.git/hooks`, `${path}/metadata`, `${bench.outside}/.Codex`],
    ...[bench.home, `${bench.home}/rules`, `${path}/home`, `${path}/home/rules`],
    ...[`${path}/all`, "/tmp/..", "//", "relative", "", "~", `${path}/missing`],
  ];
  const { requestPermissions } = bench.workspace.host;
  for (const each of closed) {
    const ctx = bench.context("on-request", { decision: "approved" });
    const permissions = { file_system: { write: [each] } };
    const granted = await requestPermissions({ permissions }, ctx);
    const told = ctx.denied.map(({ need, layer }) => [need, layer]);
    deepStrictEqual([each, granted, ctx.asked, told], [each, {}, [], [
      [`to write "${each}"`, "path policy"],
    ]]);
  }
  const ctx = bench.context("on-request", { decision: "approved" });
  const permissions = { file_system: { write: ["/", `${path}/.git`], read: ["/etc"] } };
  const granted = { file_system: { read: ["/etc"], write: ["/"] } };
  deepStrictEqual(await requestPermissions({ permissions }, ctx), granted);
  deepStrictEqual(ctx.asked, [{ type: "permissions", permissions: granted }]);
  await bench.exec(`echo x > ${path}/.git/x; echo x > ${bench.home}/x; echo x > ${path}/y`, ctx);
  deepStrictEqual(namesIn(bench.home), ["rules"]);
  deepStrictEqual(namesIn(`${path}/.git`), ["hooks"]);
  strictEqual(await Deno.readTextFile(`${path}/y`), "x\n");
});

Deno.test("bubblewrap with everything writable keeps devices of its own", () => {
  const confinement = { writableRoots: ["/"], protectedPaths: [], network: true };
  const argv = bubblewrapArguments({
    confinement,
    closed: ["/home/.git"],
    alsoWritable: ["/tmp/t"],
    refuseNamespaces: false,
  });
  deepStrictEqual(argv.slice(argv.indexOf("--bind"), argv.indexOf("--proc")), [
    ...["--bind", "/", "/", "--dev", "/dev"],
    // What a mount lies in cannot be moved away.
    ...["--bind", "/tmp", "/tmp", "--bind", "/home", "/home"],
    ...["--bind", "/tmp/t", "/tmp/t", "--ro-bind", "/home/.git", "/home/.git"],
  ]);
});

Deno.test("a patch that was approved goes where it was approved for, or nowhere", async () => {
  await using bench = new Bench("bubblewrap");
  const { host } = bench.workspace;
  const elsewhere = `${bench.home}/elsewhere`;
  await Deno.mkdir(elsewhere);
  const change = {
    type: "add",
    path: `${bench.outside}/sub/x`,
    content: new Uint8Array(),
  } as const;
  const ctx: TestContext = {
    ...bench.context("on-request"),
    async requestApproval(request) {
      ctx.asked.push(request);
      // Something in the background has waited for that.
      if (ctx.asked.length === 1) await Deno.symlink(elsewhere, `${bench.outside}/sub`);
      return "approved";
    },
  };
  await rejects(host.files.apply([change], ctx), /The path has changed since it was checked/);
  await Deno.remove(`${bench.outside}/sub`);
  await host.files.apply([change], ctx);
  deepStrictEqual(
    ctx.asked,
    [1, 2].map(() => ({
      type: "patch",
      paths: [change.path],
      escalated: true,
      reason: `writing outside of the project: ${change.path}`,
    })),
  );
  deepStrictEqual(namesIn(elsewhere), []);
  strictEqual((await Deno.stat(change.path)).size, 0);
});

Deno.test("a link that is set anew after its grant opens nothing more", async () => {
  await using bench = new Bench("bubblewrap");
  const { path, host } = bench.workspace;
  await Deno.mkdir(`${path}/real`);
  await Deno.symlink(`${path}/real`, `${path}/link`);
  const ctx = bench.context("on-request", { decision: "approved" });
  const granted = await host.requestPermissions(
    { permissions: { file_system: { write: [`${path}/link`] } } },
    ctx,
  );
  deepStrictEqual(granted, { file_system: { write: [`${path}/real`] } });
  await Deno.remove(`${path}/real`);
  await Deno.symlink(bench.outside, `${path}/real`);
  await bench.exec(`echo x > ${path}/real/new; echo x > ${path}/link/new`, ctx);
  deepStrictEqual(bench.written(), []);
});
