import { Workspace } from "/work/main/tests/exec/workspace.ts";
const POLICY = {
  type: "workspace-write",
  writable_roots: [],
  network_access: false,
  exclude_tmpdir_env_var: true,
  exclude_slash_tmp: true,
} as const;
for (const level of ["bubblewrap", "landlock", "none"] as const) {
  await using w = new Workspace({
    inProcess: false,
    sandboxLevel: level,
    environment: Deno.env.toObject(),
  });
  const turn = { sandboxPolicy: POLICY };
  await w.host.prepare({ cwd: w.path, ...turn } as any);
  const ctx = w.context(turn as any);
  const a: number[] = [], b: number[] = [], c: number[] = [];
  for (let i = 0; i < 200; i++) {
    let t = performance.now();
    await w.host.exec({ command: ["/bin/true"], cwd: w.path, timeoutMs: 9000 }, ctx);
    a.push(performance.now() - t);
    t = performance.now();
    await new Deno.Command("/bin/true", { cwd: w.path, stdin: "null" }).output();
    b.push(performance.now() - t);
    t = performance.now();
    await w.host.files.list(w.path, 1, ctx);
    c.push(performance.now() - t);
  }
  const med = (v: number[]) => v.toSorted((x, y) => x - y)[v.length >> 1]!.toFixed(2);
  console.log(level, "exec", med(a), "direct", med(b), "list", med(c));
}
