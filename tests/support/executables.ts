/** First bytes of executables, made up: of a file that no system would run. */

const LENGTH = 256;
const PE_OFFSET = 128;

export function elf(machine: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  new DataView(bytes.buffer).setUint16(18, machine, true);
  return bytes;
}

export function machO(machine: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xfeedfacf, true);
  view.setUint32(4, machine, true);
  return bytes;
}

export function portable(machine: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4d, 0x5a]);
  view.setUint32(0x3c, PE_OFFSET, true);
  bytes.set([0x50, 0x45, 0, 0], PE_OFFSET);
  view.setUint16(PE_OFFSET + 4, machine, true);
  return bytes;
}
