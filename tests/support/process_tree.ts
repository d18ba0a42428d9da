/** What runs on this machine, as `/proc` tells it. Linux. */

/** The numbers of what works in a folder, in whatever namespace; what has ended works nowhere. */
export function workingIn(folder: string): string[] {
  return everyNumber().filter((pid) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

/** The host process above what works in a folder; inside bubblewrap, what stands in front of it. */
export function hostAbove(folder: string): number {
  const found = workingIn(folder).flatMap(upwardsFrom).find(isHost);
  if (found !== undefined) return Number(found);
  throw new Error(`No host process above anything in "${folder}"`);
}

/** The host processes that a front process has started, with what confines them. */
export function hostsBelow(front: number): number[] {
  const hosts = everyNumber().filter(isHost);
  return hosts.filter((pid) => upwardsFrom(pid).includes(`${front}`)).map(Number);
}

/** The most memory that a process has had at a time, in MiB. */
export function peakMemory(pid: number): number {
  const [, kib = "0"] = /^VmHWM:\s+(\d+)/m.exec(textOf(`${pid}`, "status")) ?? [];
  return Math.round(Number(kib) / 1024);
}

function everyNumber(): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) =>
    /^\d+$/.test(name)
  );
}

function isHost(pid: string): boolean {
  return textOf(pid, "cmdline").split("\0").includes("__host");
}

/** The process itself, its parent and so on. */
function upwardsFrom(pid: string): string[] {
  const line: string[] = [];
  for (let each = pid; each !== "" && each !== "0"; each = parentOf(each)) line.push(each);
  return line;
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
