/** Temporary folders, a turn and a context over them, for the tests of this folder. */

import { type Context, type ContextOptions, createContext } from "../../src/context/mod.ts";
import type { ModelInfo } from "../../src/protocol/model_info.ts";
import type { ResponseItem } from "../../src/protocol/response_item.ts";
import type { TurnContext } from "../../src/protocol/tool.ts";

export const MODEL: ModelInfo = {
  slug: "gpt-5.1-codex",
  known: true,
  contextWindow: 272_000,
  effectiveContextWindowPercent: 95,
  autoCompactTokenLimit: 244_800,
  truncation: { mode: "tokens", limit: 10_000 },
  shellType: "shell_command",
  applyPatch: "freeform",
  supportsParallelToolCalls: false,
  reasoning: { effort: "medium", summary: "auto" },
  webSearch: "text",
  experimentalTools: [],
};

/** `home` and `repo`, the latter without a `.git` until a test makes one. */
export class Workspace {
  readonly #root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "decodex-context-" }));
  readonly home = `${this.#root}/home`;
  readonly repo = `${this.#root}/repo`;
  readonly warnings: string[] = [];

  constructor() {
    this.write({ "home/.keep": "", "repo/.keep": "" });
    Deno.removeSync(`${this.home}/.keep`);
    Deno.removeSync(`${this.repo}/.keep`);
  }

  get path(): string {
    return this.#root;
  }

  write(files: Record<string, string | Uint8Array<ArrayBuffer>>): void {
    for (const [path, content] of Object.entries(files)) {
      const target = `${this.#root}/${path}`;
      Deno.mkdirSync(target.replace(/\/[^/]*$/, ""), { recursive: true });
      if (typeof content === "string") Deno.writeTextFileSync(target, content);
      else Deno.writeFileSync(target, content);
    }
  }

  /** A symbolic link to `target`. */
  link(path: string, target: string): void {
    Deno.symlinkSync(target, `${this.#root}/${path}`);
  }

  pipe(path: string): void {
    new Deno.Command("mkfifo", { args: [`${this.#root}/${path}`] }).outputSync();
  }

  makeExecutable(path: string): void {
    Deno.chmodSync(`${this.#root}/${path}`, 0o755);
  }

  turn(changes: Partial<TurnContext> = {}): TurnContext {
    return {
      turnId: "turn-1",
      cwd: this.repo,
      model: MODEL,
      approvalPolicy: "never",
      sandboxPolicy: { type: "danger-full-access" },
      collaborationMode: "default",
      ...changes,
    };
  }

  context(changes: Partial<ContextOptions> = {}): Context {
    return createContext({
      codexHome: this.home,
      cwd: this.repo,
      shellName: "bash",
      features: {},
      projectDocMaxBytes: 32 * 1024,
      projectDocFallbackFilenames: [],
      interactive: false,
      env: { TZ: "Etc/UTC" },
      now: () => new Date(2026, 10, 22, 12),
      onWarning: (message) => this.warnings.push(message),
      runGit: () => Promise.resolve(undefined),
      ...changes,
    });
  }

  /** Runs git for a test's own purposes, in `repo`. */
  git(...args: string[]): string {
    const { success, stdout, stderr } = new Deno.Command("git", {
      args: ["-c", "user.name=t", "-c", "user.email=t@example.invalid", ...args],
      cwd: this.repo,
      env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    }).outputSync();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#root, { recursive: true });
  }
}

/** The texts of a message; of an image its address. */
export function texts(item: ResponseItem | undefined): string[] {
  if (item?.type !== "message") return [];
  return item.content.map((part) => part.type === "input_image" ? part.image_url : part.text);
}

/** The part as it is at the context's time. */
export function environment(cwd: string): string {
  return `<environment_context>
  <cwd>${cwd}</cwd>
  <shell>bash</shell>
  <current_date>2026-11-22</current_date>
  <timezone>Etc/UTC</timezone>
</environment_context>`;
}
