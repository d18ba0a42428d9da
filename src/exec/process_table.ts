/** The processes of this machine, as far as they can be seen from here. Linux only. */

import { addressOf, type Bytes, bytesOf, cString, errno, type Libc, openLibc } from "./libc.ts";

export interface TableEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** It has ended and waits for its parent to take notice. */
  readonly isZombie: boolean;
}

const STAT_BYTES = 1024;
const ENVIRONMENT_BYTES = 256 * 1024;
const FOLDER_BYTES = 64 * 1024;
const O_RDONLY_CLOEXEC = 0x80000;
const SIGINFO_BYTES = 128;
const P_ALL = 0;
/** WNOHANG, WEXITED and WNOWAIT: who has ended is left to whoever waits for it. */
const ONLY_LOOK = 0x01000005;
const ECHILD = 10;
const CALLS = ["open", "close", "read", "syscall", "waitid", "__errno_location"] as const;
type Calls = Libc<(typeof CALLS)[number]>;

const GETDENTS64 = Deno.build.arch === "x86_64" ? 217n : 61n;

/**
 * Read through the C library where there is one: in a process that has given up a permission Deno's
 * own calls refuse `/proc`, some versions its files alone.
 */
export class ProcessTable {
  #libc: Calls | undefined;
  #opened = false;

  /** Absent where it cannot be read. */
  read(): TableEntry[] | undefined {
    const libc = this.#useLibc();
    const entries = libc ? readByLibc(libc) : readByDeno();
    // This process at least is there.
    return entries.length === 0 ? undefined : entries;
  }

  /** Whether this process is known to have no child, not even one that has ended: one call says it. */
  isChildless(): boolean {
    const libc = this.#useLibc();
    if (!libc) return false;
    return libc.waitid(P_ALL, 0, bytesOf(SIGINFO_BYTES), ONLY_LOOK) < 0 && errno(libc) === ECHILD;
  }

  /** Those whose environment holds `variable`, as `NAME=value`; as far as it may be read. */
  marked(variable: string): number[] {
    const libc = this.#useLibc();
    const buffer = bytesOf(ENVIRONMENT_BYTES);
    return (this.read() ?? []).filter(({ pid, isZombie }) => {
      if (isZombie || !libc) return false;
      try {
        return readText(libc, `/proc/${pid}/environ`, buffer).split("\0").includes(variable);
      } catch {
        // Somebody else's, or gone.
        return false;
      }
    }).map(({ pid }) => pid);
  }

  #useLibc(): Calls | undefined {
    if (!this.#opened) this.#libc = openLibc(CALLS);
    this.#opened = true;
    return this.#libc;
  }
}

function readByLibc(libc: Calls): TableEntry[] {
  const stat = bytesOf(STAT_BYTES);
  return entriesOf(readNames(libc, "/proc"), (path) => readText(libc, path, stat));
}

function readByDeno(): TableEntry[] {
  try {
    const names = [...Deno.readDirSync("/proc")].map(({ name }) => name);
    return entriesOf(names, (path) => Deno.readTextFileSync(path));
  } catch {
    return [];
  }
}

/** Those below `ancestor`, of any generation; without those that have ended. */
export function descendants(table: readonly TableEntry[], ancestor: number): number[] {
  const children = Map.groupBy(table, ({ parent }) => parent);
  const found: number[] = [];
  const waiting = [ancestor];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    for (const child of children.get(pid) ?? []) {
      waiting.push(child.pid);
      if (!child.isZombie) found.push(child.pid);
    }
  }
  return found;
}

function entriesOf(names: readonly string[], read: (path: string) => string): TableEntry[] {
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      return [parseStat(Number(name), read(`/proc/${name}/stat`))];
    } catch {
      // It has ended since the folder was read.
      return [];
    }
  });
}

function parseStat(pid: number, stat: string): TableEntry {
  // The name before it may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent, group, session] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    isZombie: state === "Z" || state === "X",
  };
}

/** The records of `getdents64`: their length at 16, the name from 19 up to a zero. */
function readNames(libc: Calls, path: string): string[] {
  const fd = libc.open(cString(path), O_RDONLY_CLOEXEC, 0);
  if (fd < 0) return [];
  const buffer = bytesOf(FOLDER_BYTES);
  const view = new DataView(buffer.buffer);
  const names: string[] = [];
  const address = addressOf(buffer);
  while (true) {
    const count = Number(libc.syscall(GETDENTS64, BigInt(fd), address, BigInt(FOLDER_BYTES), 0n));
    if (count <= 0) break;
    for (let at = 0; at < count; at += view.getUint16(at + 16, true)) {
      const name = buffer.subarray(at + 19, buffer.indexOf(0, at + 19));
      names.push(new TextDecoder().decode(name));
    }
  }
  libc.close(fd);
  return names;
}

function readText(libc: Calls, path: string, buffer: Bytes): string {
  const fd = libc.open(cString(path), O_RDONLY_CLOEXEC, 0);
  if (fd < 0) throw new Deno.errors.NotFound(path);
  const count = Number(libc.read(fd, buffer, BigInt(buffer.length)));
  libc.close(fd);
  return new TextDecoder().decode(buffer.subarray(0, Math.max(0, count)));
}
