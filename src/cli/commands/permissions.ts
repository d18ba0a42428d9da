/** `decodex permissions`: what each part of decodex needs, and what both halves of it hold. */

import { type Config, resolveConfig } from "../../config/config.ts";
import { loadTable } from "../../config/load_table.ts";
import { DEMO } from "../../config/providers.ts";
import type { ConfigTable } from "../../config/schema.ts";
import { realPath } from "../../context/exists.ts";
import { findGitRoot } from "../../context/git_root.ts";
import { levelsFrom } from "../../exec/sandbox/mod.ts";
import { closeOwnMemory } from "../../exec/own_memory.ts";
import { startableSelf } from "../../exec/self_command.ts";
import { writableRoots } from "../../policy/writable_roots.ts";
import type { SandboxPolicy } from "../../protocol/policy.ts";
import { uuidv7 } from "../../protocol/id.ts";
import { createRedactor } from "../../protocol/redact.ts";
import type { Flags } from "../args.ts";
import { heldHere, heldThere } from "../permissions/held.ts";
import { type LineFacts, permissionLines } from "../permissions/lines.ts";
import { type FormName, type PermissionsReport, permissionsText } from "../permissions/report.ts";
import { toJsonLine } from "../render/json_line.ts";
import { sanitize } from "../render/sanitize.ts";
import { say } from "../say.ts";
import { folders, readSurroundings } from "../surroundings.ts";
import { mayStartProcesses, openHost } from "../thread_host.ts";
import { VERSION } from "../version.ts";
import { type Around, configOptions } from "./prepare.ts";

/** Gives the exit code. Fails with a `ConfigError` or `UsageError`; that there is no key is no fault. */
export async function runPermissions(flags: Flags): Promise<number> {
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const around: Around = {
    ...folders(flags.text("cd")),
    ...await readSurroundings(onWarning),
    onWarning,
  };
  const options = { ...configOptions(flags, around), withoutKey: true };
  const config = await resolveConfig(options);
  const quiet = { ...options, onWarning: () => {} };
  const { table } = await loadTable(quiet);
  const demo = await resolveConfig({ ...quiet, flags: { ...quiet.flags, modelProvider: DEMO } });
  const facts = factsOf(config, { around, table, demo });
  // As every run does before a command can run.
  if (mayStartProcesses()) closeOwnMemory();
  const lines = permissionLines(facts);
  const report: PermissionsReport = {
    decodex_version: VERSION,
    form: currentForm(),
    cwd: around.cwd,
    codex_home: around.home ?? null,
    provider: { id: config.provider.id, server: facts.server ?? null },
    no_shell: config.noShell,
    ...await askHost(config, { around, front: heldHere(scopesOf(facts)) }),
    lines,
    warnings,
  };
  return say(flags.has("json") ? toJsonLine(report) : sanitize(permissionsText(report)));
}

/** A bundle lies beside its chunks, by whatever name; the source by this one. */
function currentForm(): FormName {
  if (Deno.build.standalone) return "compiled";
  if (/^https?:/.test(Deno.mainModule)) return "url";
  return Deno.mainModule.endsWith(".ts") ? "source" : "bundle";
}

function programName(form: FormName): string {
  if (form === "compiled") return "decodex.js";
  return Deno.mainModule.startsWith("file:")
    ? decodeURIComponent(new URL(Deno.mainModule).pathname)
    : Deno.mainModule;
}

function factsOf(
  config: Config,
  { around, table, demo }: { around: Around; table: ConfigTable; demo: Config },
): LineFacts {
  const { cwd, home, env } = around;
  const { provider, noShell } = config;
  const tmpdir = env["TMPDIR"];
  const rootsOf = (policy: SandboxPolicy) => writableRoots(policy, { cwd, tmpdir }).map(realOr);
  const isSecure = provider.baseUrl.startsWith("https:");
  return {
    program: programName(currentForm()),
    project: findGitRoot(cwd) ?? cwd,
    home,
    named: [...namedFiles(table), ...sharedSkills(env)],
    certificates: isSecure ? [...[table.ca_certs ?? []].flat(), ...certificates(env)] : [],
    writableRoots: {
      demo: rootsOf(demo.sandboxPolicy),
      work: rootsOf(config.sandboxPolicy),
      no_shell: rootsOf(withoutTemporary(config.sandboxPolicy)),
      questions: [],
    },
    tempDir: realOr(tmpdir || "/tmp"),
    hostPrograms: [
      Deno.build.standalone ? "deno" : startableSelf() ?? Deno.execPath(),
      ...sandboxPrograms(config).filter((name) => isInstalled(name, env)),
    ],
    git: ["git"].filter((name) => isInstalled(name, env)),
    server: provider.wireApi === "demo" ? undefined : serverOf(provider.baseUrl),
    atHand: provider.wireApi === "demo" ? "demo" : noShell ? "no_shell" : "work",
  };
}

/** Edits alone have nothing to do there. */
function withoutTemporary(policy: SandboxPolicy): SandboxPolicy {
  return policy.type === "workspace-write"
    ? { ...policy, exclude_slash_tmp: true, exclude_tmpdir_env_var: true }
    : policy;
}

function namedFiles(table: ConfigTable): string[] {
  return [
    table.model_instructions_file,
    table.experimental_instructions_file,
    table.experimental_compact_prompt_file,
    table.model_catalog_json,
  ].filter((path) => path !== undefined);
}

/** The first that is set is read, as for requests. */
function certificates(env: Around["env"]): string[] {
  const names = ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
  return names.flatMap((name) => env[name] || []).slice(0, 1);
}

function sharedSkills(env: Around["env"]): string[] {
  const folder = `${env["HOME"] ?? ""}/.agents/skills`;
  return exists(folder) ? [folder] : [];
}

const PROGRAMS = { bubblewrap: "bwrap", seatbelt: "/usr/bin/sandbox-exec" } as const;

function sandboxPrograms({ sandboxLevel, sandboxMode }: Config): string[] {
  if (sandboxMode === "danger-full-access") return [];
  return levelsFrom(sandboxLevel).flatMap((level) =>
    level === "bubblewrap" || level === "seatbelt" ? [PROGRAMS[level]] : []
  );
}

/** Deno would say of each run that it finds no such program. */
function isInstalled(name: string, env: Around["env"]): boolean {
  const search = name.startsWith("/") ? [""] : (env["PATH"] ?? "").split(":");
  return search.some((folder) => exists(folder === "" ? name : `${folder}/${name}`));
}

/** Also where it may not be looked at. */
function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotCapable;
  }
}

function realOr(path: string): string {
  return realPath(path) ?? path;
}

function serverOf(baseUrl: string): string {
  const { hostname, port, protocol } = new URL(baseUrl);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

function scopesOf(facts: LineFacts) {
  const { project, home, named, certificates, writableRoots: { work: roots }, tempDir } = facts;
  const { hostPrograms, git, server } = facts;
  const own = home === undefined ? [] : [home];
  return {
    read: [...new Set([project, ...own, ...roots, tempDir, ...named, ...certificates])],
    write: [...new Set([...roots, ...own, tempDir])],
    run: [...hostPrograms, ...git],
    net: server === undefined ? [] : [server],
  };
}

type Answers = Pick<PermissionsReport, "sandbox" | "held">;

/** Started as for a turn, asked, and ended. */
async function askHost(
  config: Config,
  { around, front }: { around: Around; front: PermissionsReport["held"]["front"] },
): Promise<Answers> {
  const { cwd, home, env } = around;
  const { sandboxMode: mode, sandboxPolicy } = config;
  if (!mayStartProcesses()) {
    return { sandbox: { mode, level: null, faults: [] }, held: { front, host: null } };
  }
  const environment = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const redactor = createRedactor(config.knownSecrets);
  const opened = openHost({ threadId: uuidv7(), config, cwd, home, environment, redactor });
  try {
    const turn = { cwd, sandboxPolicy };
    const { level, faults } = await opened.host.prepare(turn);
    const host = heldThere((await opened.host.facts(turn))?.permissions ?? {});
    return { sandbox: { mode, level, faults }, held: { front, host } };
  } finally {
    await opened.close();
  }
}
