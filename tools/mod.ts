/** Which tools a model is given, in the order in which it is told of them. */

import type { Host, ShellInfo } from "../src/protocol/host.ts";
import type { ModelInfo } from "../src/protocol/model_info.ts";
import type { SandboxMode } from "../src/protocol/policy.ts";
import type { AnyTool, Tool } from "../src/protocol/tool.ts";
import { type Handlers, offered } from "./offer.ts";
import type { AskUser } from "./request_user_input.ts";
import { webSearch } from "./web_search.ts";

export interface ToolOptions {
  readonly model: ModelInfo;
  readonly shell: ShellInfo;
  /** `[features]` of the configuration, by name. */
  readonly features: Readonly<Record<string, boolean>>;
  readonly webSearch: "disabled" | "cached" | "live";
  readonly sandboxMode: SandboxMode;
  /** No tool may start a process: files are read and searched by tools of their own. */
  readonly noShell?: boolean;
  readonly askUser?: AskUser;
}

/** Every tool; those without a spec are answered but not offered. */
export async function createTools(host: Host, options: ToolOptions): Promise<AnyTool[]> {
  const { model, features, webSearch: mode, sandboxMode, noShell = false } = options;
  const experimental = (
    name: "grep_files" | "read_file" | "list_dir",
    create: (handlers: Handlers) => Tool,
  ): Offered => noShell || model.experimentalTools.includes(name) ? [offered(name, create)] : [];
  return await Promise.all<AnyTool>([
    ...commandTools(host, options),
    offered("update_plan", (all) => all.updatePlan()),
    userInputTool(options),
    ...features["request_permissions_tool"]
      ? [offered("request_permissions", (all) => all.requestPermissions(host))]
      : [],
    ...patchTools(host, options),
    ...experimental("grep_files", (all) => all.grepFiles(host)),
    ...experimental("read_file", (all) => all.readFile(host)),
    ...experimental("list_dir", (all) => all.listDir(host)),
    ...mode === "disabled" ? [] : [webSearch({ mode, sandboxMode, model })],
    offered("view_image", (all) => all.viewImage(host)),
  ]);
}

type Offered = Promise<Tool>[];

/** One way to run commands is offered; a call by another of their names is answered all the same. */
function commandTools(host: Host, options: ToolOptions): Offered {
  const { model, shell, features, noShell } = options;
  if (noShell || model.shellType === "disabled") return [];
  const unified = features["unified_exec"] ?? true;
  const byScript = model.shellType === "shell_command" || model.shellType === "unified_exec";
  const single = (advertised: boolean) => [
    offered(
      "shell_command",
      (all) => all.shellCommand(host, { shell, advertised: true }),
      { advertised: advertised && byScript },
    ),
    ...(["shell", "local_shell", "container.exec"] as const).map((name) =>
      offered(
        name,
        (all) => all.shell(host, { name, advertised: true }),
        { advertised: advertised && !byScript && name === "shell" },
      )
    ),
  ];
  if (!unified) return single(true);
  const partialPermissions = features["exec_permission_approvals"] ?? false;
  return [
    offered(
      partialPermissions ? "exec_command with permissions" : "exec_command",
      (all) => all.execCommand(host, { shell, partialPermissions }),
    ),
    offered("write_stdin", (all) => all.writeStdin(host)),
    ...single(false),
  ];
}

function userInputTool({ features, askUser }: ToolOptions): Promise<Tool> {
  const inDefaultMode = features["default_mode_request_user_input"] ?? false;
  return offered(
    inDefaultMode ? "request_user_input in default mode" : "request_user_input",
    (all) => all.requestUserInput({ inDefaultMode, askUser }),
  );
}

/**
 * Also for models that no catalogue knows: they edit better with it than by commands. Who is
 * offered the free form may use the other all the same.
 */
function patchTools(host: Host, { model, features, noShell }: ToolOptions): Offered {
  const wanted = noShell || !model.known || features["apply_patch_freeform"];
  const form = model.applyPatch === "none" && wanted ? "freeform" : model.applyPatch;
  if (form === "none") return [];
  const asFunction = (advertised: boolean) =>
    offered("apply_patch as function", (all) => all.applyPatch(host, "function"), { advertised });
  if (form === "function") return [asFunction(true)];
  return [
    offered("apply_patch", (all) => all.applyPatch(host, "freeform")),
    asFunction(false),
  ];
}
