/** Whether a process group still has a member that runs, as the process table tells it. */

/**
 * The dead who wait for a parent that never reaps them, as in many containers, answer signals like
 * the living; only the table tells them apart. True where there is no table to ask.
 */
export function hasLivingMember(group: number): boolean {
  try {
    for (const { name } of Deno.readDirSync("/proc")) {
      if (/^\d+$/.test(name) && isLiving(name, group)) return true;
    }
    return false;
  } catch {
    return true;
  }
}

function isLiving(pid: string, group: number): boolean {
  let stat: string;
  try {
    stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch {
    // It has ended since the folder was read.
    return false;
  }
  // The name before it may hold blanks and parentheses.
  const [state = "", , ownGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(ownGroup) === group && state !== "Z" && state !== "X";
}
