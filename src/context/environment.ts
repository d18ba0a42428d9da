/** Where and when the model works: the `<environment_context>` part. */

import { joinPath } from "./path.ts";

export interface EnvironmentFacts {
  readonly cwd: string;
  readonly shell: string;
  readonly currentDate: string;
  readonly timezone: string;
}

export function environmentText(facts: EnvironmentFacts): string {
  return [
    "<environment_context>",
    `  <cwd>${facts.cwd}</cwd>`,
    `  <shell>${facts.shell}</shell>`,
    `  <current_date>${facts.currentDate}</current_date>`,
    `  <timezone>${facts.timezone}</timezone>`,
    "</environment_context>",
  ].join("\n");
}

/** The day where the user is. */
export function localDate(now: Date): string {
  const month = String(now.getMonth() + 1).padStart(2, "0");
  const day = String(now.getDate()).padStart(2, "0");
  return `${String(now.getFullYear()).padStart(4, "0")}-${month}-${day}`;
}

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** The zone's name; read from the system, because asking `Intl` costs several milliseconds. */
export function timezoneName(tz: string | undefined, etc: string = "/etc"): string {
  const names = [
    () => tz?.replace(/^:/, ""),
    () => Deno.readLinkSync(joinPath(etc, "localtime")).split("/zoneinfo/")[1],
    () => Deno.readTextFileSync(joinPath(etc, "timezone")).trim(),
  ];
  for (const name of names) {
    const found = orNothing(name);
    if (found !== undefined && ZONE_NAME.test(found)) return found;
  }
  return "Etc/UTC";
}

function orNothing(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
