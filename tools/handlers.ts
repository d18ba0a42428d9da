/** Every tool with its handler: loaded when the first call comes, or while the model thinks. */

export { applyPatch } from "./apply_patch/mod.ts";
export { execCommand } from "./exec_command.ts";
export { grepFiles } from "./grep_files.ts";
export { listDir } from "./list_dir.ts";
export { readFile } from "./read_file.ts";
export { requestPermissions } from "./request_permissions.ts";
export { requestUserInput } from "./request_user_input.ts";
export { shell, shellCommand } from "./shell.ts";
export { updatePlan } from "./update_plan.ts";
export { viewImage } from "./view_image.ts";
export { writeStdin } from "./write_stdin.ts";
