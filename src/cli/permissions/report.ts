/** What `decodex permissions` prints: as text for people, or as one JSON object. Pure. */

import type { LevelFault, SandboxLevel } from "../../protocol/confinement.ts";
import type { SandboxMode } from "../../protocol/policy.ts";
import type { Held, HeldPermissions } from "./held.ts";
import type { PermissionLine } from "./lines.ts";

export type FormName = "source" | "bundle" | "url" | "compiled";

/** Fields go out as they are. */
export interface PermissionsReport {
  readonly decodex_version: string;
  readonly form: FormName;
  readonly cwd: string;
  readonly codex_home: string | null;
  /** `server` is null for the demo, which asks none. */
  readonly provider: { readonly id: string; readonly server: string | null };
  readonly no_shell: boolean;
  readonly sandbox: {
    readonly mode: SandboxMode;
    /** What holds the host process; null where there is none. */
    readonly level: SandboxLevel | null;
    /** Why no stronger one. */
    readonly faults: readonly LevelFault[];
  };
  readonly lines: readonly PermissionLine[];
  /** `host` is null where no process may be started: tools work in the front process. */
  readonly held: { readonly front: HeldPermissions; readonly host: HeldPermissions | null };
  /** What could not be found out. */
  readonly warnings: readonly string[];
}

const FORM_NOTES: Readonly<Record<FormName, string>> = {
  source: "run from source",
  bundle: "run as a bundle",
  url: "run from a URL",
  compiled: "an executable: its permissions were built in, all of them. The lines are for " +
    "`deno run` with the bundle of the same release",
};

export function permissionsText(report: PermissionsReport): string {
  return [
    `decodex ${report.decodex_version}, ${FORM_NOTES[report.form]}`,
    `folder      ${report.cwd}`,
    `CODEX_HOME  ${report.codex_home ?? "none"}`,
    `provider    ${report.provider.id}${serverNote(report)}`,
    `sandbox     ${sandboxNote(report)}`,
    ...report.sandbox.faults.map(({ level, reason, remedy }) =>
      `            not ${level}: ${reason}${remedy === "" ? "" : `; ${remedy}`}`
    ),
    ...report.warnings.map((warning) => `warning: ${warning}`),
    "",
    "The smallest lines (>: what the configuration at hand asks for):",
    ...report.lines.flatMap(lineText),
    "",
    "Held by the running program:",
    ...heldRows(report),
  ].join("\n");
}

function serverNote({ provider }: PermissionsReport): string {
  return provider.server === null ? "" : ` at ${provider.server}`;
}

function sandboxNote({ sandbox: { mode, level }, held }: PermissionsReport): string {
  if (held.host === null) return `${mode}, held by path rules alone: tools work in this process`;
  if (mode === "danger-full-access") return `${mode}: nothing is to be confined`;
  return `${mode}, held by ${level ?? "nothing"}`;
}

function lineText({ at_hand, summary, line, permissions }: PermissionLine): string[] {
  const names = permissions.map(({ flag }) => flag.split("=")[0] ?? "");
  const width = Math.max(...names.map((name) => name.length));
  return [
    "",
    `${at_hand ? ">" : " "} ${summary}`,
    `    ${line}`,
    ...permissions.flatMap(({ reasons }, index) =>
      reasons.map((reason, at) =>
        `      ${(at === 0 ? names[index] ?? "" : "").padEnd(width)}  ${reason}`
      )
    ),
  ];
}

function heldRows({ held: { front, host } }: PermissionsReport): string[] {
  const names = Object.keys(front) as (keyof HeldPermissions)[];
  return [
    row(["", "front process", "host process"]),
    ...names.map((name) =>
      row([name, heldText(front[name]), host === null ? "(none started)" : heldText(host[name])])
    ),
  ];
}

function row([name = "", front = "", host = ""]: readonly string[]): string {
  return `  ${name.padEnd(8)}${host.padEnd(16)}${front}`;
}

function heldText(held: Held): string {
  return typeof held === "string" ? held : held.join(", ");
}
