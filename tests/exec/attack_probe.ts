/** A program of one system call: exit code 0 where it works, else 1 and its error number. */

import { addressOf, type Bytes, bytesOf, cString, errno, openLibc } from "../../src/exec/libc.ts";

const X86 = Deno.build.arch === "x86_64";
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const AF_PACKET = 17;
const AF_VSOCK = 40;
const STREAM = 1;
const DATAGRAM = 2;
const RAW = 3;

const libc = openLibc(["__errno_location"]);
if (!libc) throw new Error("no C library");
const six = Deno.dlopen("libc.so.6", {
  syscall: { parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i64" },
}).symbols;
const [name = "", argument = ""] = Deno.args;
if (name === "exchange") exchange(argument);
const result = probe(name, argument);
if (result < 0) console.log(`${name}: os error ${errno(libc)}`);
Deno.exit(result < 0 ? 1 : 0);

function probe(name: string, argument: string): number {
  switch (name) {
    case "tcp4":
      return connect(AF_INET, STREAM, inet4(Number(argument)));
    case "tcp6":
      return connect(AF_INET6, STREAM, inet6(Number(argument)));
    case "udp4":
      return sendTo(inet4(Number(argument)));
    case "listen":
      return listen();
    case "unix":
      return connect(AF_UNIX, STREAM, unix(argument));
    case "datagram":
      return sendDatagram(unix(argument));
    case "abstract":
      return connect(AF_UNIX, STREAM, unix(`\0${argument}`).subarray(0, 3 + argument.length));
    case "raw":
      return socket(AF_PACKET, RAW);
    case "vsock":
      return socket(AF_VSOCK, STREAM);
    case "netlink":
      return socket(AF_NETLINK, RAW);
    default:
      return probeKernel(name, argument);
  }
}

function probeKernel(name: string, argument: string): number {
  const pid = BigInt(Number(argument) || 0);
  switch (name) {
    case "ptrace":
      return call(X86 ? 101 : 117, 0x4206n, /* SEIZE */ pid, 0n, 0n);
    case "setscheduler":
      return call(X86 ? 144 : 119, pid, 0n, addressOf(bytesOf(4)));
    case "setparam":
      return call(X86 ? 142 : 118, pid, addressOf(bytesOf(4)));
    case "setattr": {
      const attributes = bytesOf(48);
      // A lower rank may be had without any right.
      new Uint32Array(attributes.buffer).set([attributes.length, 0, 0, 0, 19]);
      return call(X86 ? 314 : 274, pid, addressOf(attributes), 0n);
    }
    case "ioprio":
      return call(X86 ? 251 : 30, 1n, /* PROCESS */ pid, 0x6007n);
    case "vm_readv":
      return readMemory(pid);
    case "pidfd_getfd":
      return call(438, BigInt(call(434, pid, 0n)), 0n, 0n);
    case "keyctl":
      return call(X86 ? 250 : 219, 0n, BigInt.asUintN(64, -3n), 1n);
    case "io_uring":
      return call(425, 1n, addressOf(bytesOf(256)));
    case "bpf": {
      const attributes = bytesOf(128);
      new Uint32Array(attributes.buffer).set([2, /* ARRAY */ 4, 4, 1]);
      return call(X86 ? 321 : 280, 0n, addressOf(attributes), 72n);
    }
    case "perf": {
      const attributes = bytesOf(128);
      // A software clock of this very process, without the kernel's part.
      new Uint32Array(attributes.buffer).set([1, 112]);
      new BigUint64Array(attributes.buffer)[5] = 0x60n;
      return call(X86 ? 298 : 241, addressOf(attributes), 0n, BigInt.asUintN(64, -1n), -1n);
    }
    case "userfaultfd":
      return call(X86 ? 323 : 282, 1n);
    case "open_by_handle":
      return openByHandle(argument);
    case "setxattr": {
      const value = cString("x");
      const [path, attribute] = [addressOf(cString(argument)), addressOf(cString("user.x"))];
      return call(X86 ? 188 : 5, path, attribute, addressOf(value), 1n, 0n);
    }
    default:
      throw new Error(`no probe "${name}"`);
  }
}

/** `real` and `link` change their places as fast as they can, until there is a file `stop`. */
function exchange(folder: string): never {
  const [real, link] = [cString(`${folder}/real`), cString(`${folder}/link`)];
  const here = BigInt.asUintN(64, -100n);
  for (let n = 1;; n++) {
    call(X86 ? 316 : 276, here, addressOf(real), here, addressOf(link), 2n);
    if (n % 500 === 0 && isThere(`${folder}/stop`)) Deno.exit(0);
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The C library's own `syscall` takes up to six. */
function call(number: number, ...args: bigint[]): number {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = args.map((x) => BigInt.asIntN(64, x));
  return Number(six.syscall(BigInt(number), a, b, c, d, e, f));
}

function socket(family: number, type: number): number {
  return call(X86 ? 41 : 198, BigInt(family), BigInt(type), 0n);
}

function connect(family: number, type: number, address: Bytes): number {
  const fd = socket(family, type);
  if (fd < 0) return fd;
  return call(X86 ? 42 : 203, BigInt(fd), addressOf(address), BigInt(address.length));
}

function sendTo(address: Bytes): number {
  const fd = socket(AF_INET, DATAGRAM);
  if (fd < 0) return fd;
  const size = BigInt(address.length);
  return call(
    X86 ? 44 : 206,
    BigInt(fd),
    addressOf(cString("x")),
    1n,
    0n,
    addressOf(address),
    size,
  );
}

/** By `sendmsg`, whose address no filter sees. */
function sendDatagram(address: Bytes): number {
  const fd = socket(AF_UNIX, DATAGRAM);
  if (fd < 0) return fd;
  const [text, piece, message] = [cString("x"), bytesOf(16), bytesOf(56)];
  new BigUint64Array(piece.buffer).set([addressOf(text), 1n]);
  const fields = [addressOf(address), BigInt(address.length), addressOf(piece), 1n];
  new BigUint64Array(message.buffer).set(fields);
  return call(X86 ? 46 : 211, BigInt(fd), addressOf(message), 0n);
}

function listen(): number {
  const fd = socket(AF_INET, STREAM);
  const address = inet4(0);
  if (fd < 0) return fd;
  const bound = call(X86 ? 49 : 200, BigInt(fd), addressOf(address), BigInt(address.length));
  return bound < 0 ? bound : call(X86 ? 50 : 201, BigInt(fd), 1n);
}

function inet4(port: number): Bytes {
  const address = bytesOf(16);
  new Uint16Array(address.buffer)[0] = AF_INET;
  new DataView(address.buffer).setUint16(2, port);
  address.set([127, 0, 0, 1], 4);
  return address;
}

function inet6(port: number): Bytes {
  const address = bytesOf(28);
  new Uint16Array(address.buffer)[0] = AF_INET6;
  new DataView(address.buffer).setUint16(2, port);
  address[23] = 1;
  return address;
}

function unix(path: string): Bytes {
  const address = bytesOf(110);
  new Uint16Array(address.buffer)[0] = AF_UNIX;
  address.set(new TextEncoder().encode(path), 2);
  return address;
}

function readMemory(pid: bigint): number {
  const maps = Deno.readTextFileSync(`/proc/${pid}/maps`);
  const [local, remote, target] = [bytesOf(16), bytesOf(16), bytesOf(8)];
  new BigUint64Array(local.buffer).set([addressOf(target), 8n]);
  new BigUint64Array(remote.buffer).set([BigInt(`0x${maps.slice(0, maps.indexOf("-"))}`), 8n]);
  return call(X86 ? 310 : 270, pid, addressOf(local), 1n, addressOf(remote), 1n, 0n);
}

function openByHandle(path: string): number {
  const handle = bytesOf(136);
  const mount = bytesOf(4);
  new Uint32Array(handle.buffer)[0] = 128;
  const at = BigInt.asUintN(64, -100n);
  const named = call(
    X86 ? 303 : 264,
    at,
    addressOf(cString(path)),
    addressOf(handle),
    addressOf(mount),
    0n,
  );
  return named < 0 ? named : call(X86 ? 304 : 265, at, addressOf(handle), 0n);
}
