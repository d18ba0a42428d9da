/** Whether anything is there, through links: a look so short that it is not worth waiting for. */

export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
