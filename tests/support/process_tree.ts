/** What runs on this machine, as `/proc` tells it. Linux. */

/** The numbers of what works in a folder, in whatever namespace; what has ended works nowhere. */
export function workingIn(folder: string): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => {
    try {
      return /^\d+$/.test(name) && Deno.readLinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

/** The host process above what works in a folder; inside bubblewrap, what stands in front of it. */
export function hostAbove(folder: string): number {
  for (const pid of workingIn(folder)) {
    for (let each = pid; each !== "" && each !== "0"; each = parentOf(each)) {
      if (textOf(each, "cmdline").includes("__host")) return Number(each);
    }
  }
  throw new Error(`No host process above anything in "${folder}"`);
}

/** Empty for what has ended. */
function parentOf(pid: string): string {
  const stat = textOf(pid, "stat");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? "";
}

function textOf(pid: string, file: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return "";
  }
}
