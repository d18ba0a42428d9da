/** Which tools a model is given, in the order in which it is told of them. */

import type { Host, ShellInfo } from "../src/protocol/host.ts";
import type { ModelInfo } from "../src/protocol/model_info.ts";
import type { SandboxMode } from "../src/protocol/policy.ts";
import type { AnyTool, Tool } from "../src/protocol/tool.ts";
import { applyPatch } from "./apply_patch/mod.ts";
import { execCommand } from "./exec_command.ts";
import { grepFiles } from "./grep_files.ts";
import { listDir } from "./list_dir.ts";
import { readFile } from "./read_file.ts";
import { requestPermissions } from "./request_permissions.ts";
import { type AskUser, requestUserInput } from "./request_user_input.ts";
import { shell, shellCommand } from "./shell.ts";
import { updatePlan } from "./update_plan.ts";
import { viewImage } from "./view_image.ts";
import { webSearch } from "./web_search.ts";
import { writeStdin } from "./write_stdin.ts";

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
export function createTools(host: Host, options: ToolOptions): AnyTool[] {
  const { model, features, webSearch: mode, sandboxMode, noShell = false } = options;
  const experimental = (name: string, tool: (host: Host) => Tool): Tool[] =>
    noShell || model.experimentalTools.includes(name) ? [tool(host)] : [];
  const inDefaultMode = features["default_mode_request_user_input"] ?? false;
  return [
    ...commandTools(host, options),
    updatePlan(),
    requestUserInput({ inDefaultMode, askUser: options.askUser }),
    ...features["request_permissions_tool"] ? [requestPermissions(host)] : [],
    ...patchTools(host, options),
    ...experimental("grep_files", grepFiles),
    ...experimental("read_file", readFile),
    ...experimental("list_dir", listDir),
    ...mode === "disabled" ? [] : [webSearch({ mode, sandboxMode, model })],
    viewImage(host),
  ];
}

/** One way to run commands is offered; a call by another of their names is answered all the same. */
function commandTools(host: Host, options: ToolOptions): Tool[] {
  const { model, shell: userShell, features, noShell } = options;
  if (noShell || model.shellType === "disabled") return [];
  const unified = features["unified_exec"] ?? true;
  const byScript = model.shellType === "shell_command" || model.shellType === "unified_exec";
  const single = (advertised: boolean) => [
    shellCommand(host, { shell: userShell, advertised: advertised && byScript }),
    shell(host, { name: "shell", advertised: advertised && !byScript }),
    shell(host, { name: "local_shell", advertised: false }),
    shell(host, { name: "container.exec", advertised: false }),
  ];
  if (!unified) return single(true);
  const partialPermissions = features["exec_permission_approvals"] ?? false;
  const exec = execCommand(host, { shell: userShell, partialPermissions });
  return [exec, writeStdin(host), ...single(false)];
}

/**
 * Also for models that no catalogue knows: they edit better with it than by commands. Who is
 * offered the free form may use the other all the same.
 */
function patchTools(host: Host, { model, features, noShell }: ToolOptions): Tool[] {
  const wanted = noShell || !model.known || features["apply_patch_freeform"];
  const form = model.applyPatch === "none" && wanted ? "freeform" : model.applyPatch;
  if (form === "none") return [];
  if (form === "function") return [applyPatch(host, form)];
  return [applyPatch(host, form), applyPatch(host, "function", { advertised: false })];
}
