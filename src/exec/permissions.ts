/** Deno's permissions by name: which this process holds, and how it gives some up. */

export const PERMISSION_NAMES = [
  "read",
  "write",
  "net",
  "env",
  "run",
  "ffi",
  "sys",
  "import",
] as const;

export type PermissionName = (typeof PERMISSION_NAMES)[number];

/** The whole of it. What could still be asked for is not held: nobody is there to say yes. */
export function holds(name: PermissionName): boolean {
  return Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state === "granted";
}

/** Whether this process may without asking: where it would have to ask, nobody is there. */
export function mayUse(name: "read" | "write", path: string): boolean {
  return Deno.permissions.querySync({ name, path }).state === "granted";
}

/** For good. Where everything was granted, files below `/dev`, `/proc` and `/sys` go with it. */
export function giveUp(names: readonly PermissionName[]): void {
  for (const name of names) Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
}
