/** Where a run of UTF-8 bytes may be cut without breaking a character. */

/** How many bytes at the front hold whole characters: a started one at the end is left out. */
export function wholeCharacters(bytes: Uint8Array): number {
  const earliest = Math.max(0, bytes.length - 3);
  for (let index = bytes.length - 1; index >= earliest; index--) {
    const byte = bytes[index] ?? 0;
    if (isContinuation(byte)) continue;
    return index + characterLength(byte) > bytes.length ? index : bytes.length;
  }
  return bytes.length;
}

/** How many bytes at the front belong to a character that began before. */
export function brokenStart(bytes: Uint8Array): number {
  let index = 0;
  while (index < 3 && isContinuation(bytes[index] ?? 0)) index++;
  return index;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function characterLength(first: number): number {
  if (first >= 0xf0 && first < 0xf8) return 4;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xc0 && first < 0xe0 ? 2 : 1;
}
