/** The word that a misspelt one was meant to be. */

/** The one with the fewest edits, where they are few. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  const ranked = words.map((candidate) => ({ candidate, distance: edits(word, candidate) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(2, Math.floor(word.length / 3))
    ? best.candidate
    : undefined;
}

function edits(a: string, b: string): number {
  return [...a].reduce((row, char, i) => {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (char === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    return next;
  }, Array.from({ length: b.length + 1 }, (_, index) => index)).at(-1) ?? 0;
}
