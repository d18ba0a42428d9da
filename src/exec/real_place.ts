/** Without a wait, for what has to be known before anything can start; absent where nothing is. */
export function realPlace(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}
