/** Which of Deno's permissions the running program holds, in both of its halves. */

import { holds, PERMISSION_NAMES, type PermissionName } from "../../exec/permissions.ts";

/** All of it, nothing of it, or as much as was asked about and is granted. */
export type Held = "all" | "none" | readonly string[];

export type HeldPermissions = Readonly<Record<PermissionName, Held>>;

/** What to ask about where a permission is held in part. */
export type Scopes = Readonly<Partial<Record<PermissionName, readonly string[]>>>;

export function heldHere(scopes: Scopes): HeldPermissions {
  return byName((name) => {
    if (holds(name)) return "all";
    const parts = (scopes[name] ?? []).filter((scope) => holdsPart(name, scope));
    return parts.length === 0 ? "none" : parts;
  });
}

/** As the host process tells it. */
export function heldThere(states: Readonly<Record<string, string>>): HeldPermissions {
  return byName((name) => states[name] === "granted" ? "all" : "none");
}

function byName(of: (name: PermissionName) => Held): HeldPermissions {
  const entries = PERMISSION_NAMES.map((name) => [name, of(name)] as const);
  return Object.fromEntries(entries) as Record<PermissionName, Held>;
}

function holdsPart(name: PermissionName, scope: string): boolean {
  const descriptor = descriptorOf(name, scope);
  return descriptor !== undefined &&
    Deno.permissions.querySync(descriptor).state === "granted";
}

function descriptorOf(name: PermissionName, scope: string): Deno.PermissionDescriptor | undefined {
  switch (name) {
    case "read":
    case "write":
      return { name, path: scope };
    case "net":
      return { name, host: scope };
    case "run":
      return { name, command: scope };
    case "env":
    case "ffi":
    case "sys":
    case "import":
      return undefined;
  }
}
