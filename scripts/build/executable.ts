/** What the first bytes of a file say about the system and the processor that it runs on. */

export type ExecutableFormat = "ELF" | "PE" | "Mach-O";
export type Machine = "x86_64" | "aarch64";

export interface Executable {
  readonly format: ExecutableFormat;
  /** A word for what is neither of the two that decodex is built for. */
  readonly machine: Machine | `unknown (${string})`;
}

/** Enough for the headers of all three: a PE header stands where the DOS header points. */
export const HEADER_BYTES = 4096;

/** Nothing where the bytes begin no executable of 64 bits. */
export function readExecutable(bytes: Uint8Array): Executable | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return elf(view) ?? machO(view) ?? portable(view);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // shorter than its own header says
    throw error;
  }
}

/** Nothing where it fits, else why not. */
export function misfit(wanted: Executable, found: Executable | undefined): string | undefined {
  if (found?.format === wanted.format && found.machine === wanted.machine) return undefined;
  const is = found ? `${found.format} for ${found.machine}` : "no executable";
  return `it is ${is}, not ${wanted.format} for ${wanted.machine}`;
}

const ELF_MAGIC = 0x7f454c46;
const ELF_64_BITS = 2;
const ELF_LITTLE_ENDIAN = 1;
const ELF_MACHINES: Readonly<Record<number, Machine>> = { 0x3e: "x86_64", 0xb7: "aarch64" };

function elf(view: DataView): Executable | undefined {
  if (view.getUint32(0) !== ELF_MAGIC) return undefined;
  const isOurs = view.getUint8(4) === ELF_64_BITS && view.getUint8(5) === ELF_LITTLE_ENDIAN;
  if (!isOurs) return undefined;
  return { format: "ELF", machine: machineOf(ELF_MACHINES, view.getUint16(18, true)) };
}

const MACH_O_64 = 0xfeedfacf;
const MACH_O_MACHINES: Readonly<Record<number, Machine>> = {
  0x01000007: "x86_64",
  0x0100000c: "aarch64",
};

function machO(view: DataView): Executable | undefined {
  if (view.getUint32(0, true) !== MACH_O_64) return undefined;
  return { format: "Mach-O", machine: machineOf(MACH_O_MACHINES, view.getUint32(4, true)) };
}

const DOS_MAGIC = 0x4d5a;
const PE_POINTER = 0x3c;
const PE_MAGIC = 0x50450000;
const PE_MACHINES: Readonly<Record<number, Machine>> = { 0x8664: "x86_64", 0xaa64: "aarch64" };

function portable(view: DataView): Executable | undefined {
  if (view.getUint16(0) !== DOS_MAGIC) return undefined;
  const header = view.getUint32(PE_POINTER, true);
  if (view.getUint32(header) !== PE_MAGIC) return undefined;
  return { format: "PE", machine: machineOf(PE_MACHINES, view.getUint16(header + 4, true)) };
}

function machineOf(
  known: Readonly<Record<number, Machine>>,
  number: number,
): Executable["machine"] {
  return known[number] ?? `unknown (0x${number.toString(16)})`;
}
