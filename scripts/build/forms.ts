/** Every form of the program that can be had here, built once for a run of tests. */

import type { Form, FormName } from "../../tests/support/form.ts";
import { build, outputName } from "../build.ts";
import { BUNDLE_ENTRY } from "./bundle.ts";
import { targetsOf } from "./targets.ts";

export interface Forms extends AsyncDisposable {
  readonly built: readonly Form[];
  readonly skipped: readonly { readonly name: FormName; readonly reason: string }[];
  /** The folder of the build. */
  readonly dist: string;
}

/** All but the source, which needs no building. */
export async function buildForms(): Promise<Forms> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_forms_" }));
  await Deno.chmod(folder, 0o755); // tests start the program as another user
  const dist = `${folder}/dist`;
  const [target] = targetsOf([Deno.build.target]);
  if (!target) throw new Error("No target");
  const [result] = await build({ out: dist, targets: [target] });
  const server = serve(dist);
  const compiled = result?.outcome.type === "compiled";
  const run = [Deno.execPath(), "run", "-A"];
  const url = urlForm(`http://127.0.0.1:${server.addr.port}/${BUNDLE_ENTRY}`, folder);
  await warm(url);
  return {
    dist,
    built: [
      { name: "bundle", command: [...run, `${dist}/${BUNDLE_ENTRY}`], env: {} },
      ...compiled
        ? [{ name: "compiled", command: [`${dist}/${outputName(target)}`], env: {} } as const]
        : [],
      url,
    ],
    skipped: result && result.outcome.type !== "compiled"
      ? [{ name: "compiled", reason: result.outcome.reason }]
      : [],
    async [Symbol.asyncDispose](): Promise<void> {
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Without the package cache of this machine, and without npm. */
function urlForm(url: string, folder: string): Form {
  const env = { DENO_DIR: `${folder}/deno_dir`, NPM_CONFIG_REGISTRY: "http://127.0.0.1:9" };
  return { name: "url", command: [Deno.execPath(), "run", "-A", url], env };
}

/** The first run of all says on standard error what Deno fetches. */
async function warm({ command: [program = "", ...args], env }: Form): Promise<void> {
  const child = new Deno.Command(program, { args: [...args, "--version"], env, stdin: "null" });
  const { success, stderr } = await child.output();
  if (!success) throw new Error(`Cannot start from a URL: ${new TextDecoder().decode(stderr)}`);
}

/** As plain a server as can be: what a release's files on any web space are. */
function serve(folder: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const file = await Deno.readFile(`${folder}${pathname}`).catch(() => undefined);
    if (!file) return new Response("not found", { status: 404 });
    return new Response(file, { headers: { "content-type": "text/javascript" } });
  });
}
