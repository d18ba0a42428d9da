/** How this program starts itself again: compiled, from source, as a bundle or from a URL. */

/** In the place of `__exec`'s policy: it comes over standard input, where nobody else can read it. */
export const POLICY_FROM_INPUT = "-";

/** The arguments after which a hidden command of ours follows. */
export interface SelfCommand {
  /** An absolute path: of this executable, or of Deno. */
  readonly program: string;
  readonly args: readonly string[];
}

/** `permissions` is what the new process may have under `deno run`; a compiled one carries its own. */
export function selfCommand(permissions: readonly string[]): SelfCommand {
  const program = Deno.execPath();
  if (Deno.build.standalone) return { program, args: [] };
  // From source the import map is needed; a bundle must not take up that of a project.
  const settings = isSource() ? [] : ["--no-config", "--no-lock"];
  return {
    program,
    args: ["run", "--no-prompt", "--quiet", ...permissions, ...settings, mainModule()],
  };
}

/** In a test or somebody else's program the main module is not ours, but ours is known from here. */
function mainModule(): string {
  return isSource() ? new URL("../../main.ts", import.meta.url).href : Deno.mainModule;
}

function isSource(): boolean {
  return import.meta.url.endsWith("/src/exec/self_command.ts");
}
