/** How this program starts itself again: compiled, from source, as a bundle or from a URL. */

/**
 * From where `__exec` takes its policy. A command line is read by everybody: who kills processes by
 * the words in it, such as a folder's name, shall not find ours.
 */
export const POLICY_FROM = { input: "input", environment: "environment" } as const;
/** Taken out of the environment as soon as it is read. */
export const POLICY_VARIABLE = "DECODEX_LAUNCH_POLICY";

/** The arguments after which a hidden command of ours follows. */
export interface SelfCommand {
  /** Of this executable, or of Deno: an absolute path, or Deno's name where that alone may be run. */
  readonly program: string;
  readonly args: readonly string[];
}

/** `permissions` is what the new process may have under `deno run`; a compiled one carries its own. */
export function selfCommand(permissions: readonly string[]): SelfCommand {
  const program = startableSelf() ?? Deno.execPath();
  if (Deno.build.standalone) return { program, args: [] };
  // From source the import map is needed; a bundle must not take up that of a project.
  const settings = isSource() ? [] : ["--no-config", "--no-lock"];
  return {
    program,
    args: ["run", "--no-prompt", "--quiet", ...permissions, ...settings, mainModule()],
  };
}

/** As it has to be named to be started; nothing where it may not be. */
export function startableSelf(): string | undefined {
  const names = Deno.build.standalone ? [Deno.execPath()] : [Deno.execPath(), "deno"];
  return names.find((command) => mayRun(command));
}

export function mayRun(command: string): boolean {
  return Deno.permissions.querySync({ name: "run", command }).state === "granted";
}

/** In a test or somebody else's program the main module is not ours, but ours is known from here. */
export function mainModule(): string {
  return isSource() ? new URL("../../main.ts", import.meta.url).href : Deno.mainModule;
}

export function isSource(): boolean {
  return import.meta.url.endsWith("/src/exec/self_command.ts");
}
