/** Writes what models are told of the tools to two files in `tools`, as `deno task generate`. */

import type { Tool } from "../src/protocol/tool.ts";
import type { Host } from "../src/protocol/host.ts";
import * as all from "../tools/handlers.ts";

const FOLDER = new URL("../tools/", import.meta.url);

/** What most models are offered; the specs of the others are loaded for those that are. */
const COMMON: readonly string[] = [
  "exec_command",
  "write_stdin",
  "update_plan",
  "request_user_input",
  "apply_patch",
  "view_image",
];

type Offers = Record<string, Pick<Tool, "name" | "kind" | "parallel" | "spec">>;
type Specs = Record<string, NonNullable<Tool["spec"]>>;

/** No handler runs here, so that none of it is reached. */
const HOST = {} as Host;
const SHELL = { path: "/bin/sh", name: "sh" };

/** Every form in which a tool may be offered, by the name under which `tools/mod.ts` asks for it. */
function everyTool(): Record<string, Tool> {
  const shell = (name: string, advertised: boolean) => all.shell(HOST, { name, advertised });
  const askUser = undefined;
  return {
    "exec_command": all.execCommand(HOST, { shell: SHELL }),
    "exec_command with permissions": all.execCommand(HOST, {
      shell: SHELL,
      partialPermissions: true,
    }),
    "write_stdin": all.writeStdin(HOST),
    "shell_command": all.shellCommand(HOST, { shell: SHELL, advertised: true }),
    "shell": shell("shell", true),
    "local_shell": shell("local_shell", false),
    "container.exec": shell("container.exec", false),
    "update_plan": all.updatePlan(),
    "request_user_input": all.requestUserInput({ inDefaultMode: false, askUser }),
    "request_user_input in default mode": all.requestUserInput({ inDefaultMode: true, askUser }),
    "request_permissions": all.requestPermissions(HOST),
    "apply_patch": all.applyPatch(HOST, "freeform"),
    "apply_patch as function": all.applyPatch(HOST, "function"),
    "grep_files": all.grepFiles(HOST),
    "read_file": all.readFile(HOST),
    "list_dir": all.listDir(HOST),
    "view_image": all.viewImage(HOST),
  };
}

/** The files' contents by their names. */
export function offerFiles(): { "offers.json": Offers; "rare_specs.json": Specs } {
  const offers: Offers = {};
  const rare: Specs = {};
  for (const [offerName, { name, kind, parallel, spec }] of Object.entries(everyTool())) {
    const isCommon = COMMON.includes(offerName);
    offers[offerName] = { name, kind, parallel, ...isCommon && spec && { spec } };
    if (!isCommon && spec) rare[offerName] = spec;
  }
  return { "offers.json": offers, "rare_specs.json": rare };
}

if (import.meta.main) {
  for (const [name, content] of Object.entries(offerFiles())) {
    await Deno.writeTextFile(new URL(name, FOLDER), `${JSON.stringify(content, null, 2)}\n`);
  }
}
