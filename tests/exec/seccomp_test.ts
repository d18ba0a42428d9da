/** The filter of system calls, read as the kernel reads it: numbers and arguments in, a verdict out. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { seccompProgram } from "../../src/exec/sandbox/seccomp.ts";

interface SystemCall {
  readonly architecture: number;
  readonly number: number;
  readonly args?: readonly number[];
}

const VERDICTS: ReadonlyMap<number, string> = new Map([
  [0x7fff0000, "allow"],
  [0x80000000, "kill"],
  [0x00050001, "EPERM"],
  [0x00050026, "ENOSYS"],
]);

/** Classic BPF as far as a filter uses it; anything else is a fault of the filter. */
function verdictOf(program: Uint8Array, call: SystemCall): string {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = toData(call);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const operation = code.getUint16(at * 8, true);
    const [ifTrue, ifFalse] = [code.getUint8(at * 8 + 2), code.getUint8(at * 8 + 3)];
    const value = code.getUint32(at * 8 + 4, true);
    switch (operation) {
      case 0x20: // BPF_LD | BPF_W | BPF_ABS
        accumulator = data.getUint32(value, true);
        break;
      case 0x54: // BPF_ALU | BPF_AND | BPF_K
        accumulator = (accumulator & value) >>> 0;
        break;
      case 0x15: // BPF_JMP | BPF_JEQ | BPF_K
        at += accumulator === value ? ifTrue : ifFalse;
        break;
      case 0x35: // BPF_JMP | BPF_JGE | BPF_K
        at += accumulator >= value ? ifTrue : ifFalse;
        break;
      case 0x45: // BPF_JMP | BPF_JSET | BPF_K
        at += (accumulator & value) !== 0 ? ifTrue : ifFalse;
        break;
      case 0x06: // BPF_RET | BPF_K
        return VERDICTS.get(value) ?? `verdict ${value.toString(16)}`;
      default:
        throw new Error(`no such instruction: ${operation.toString(16)} at ${at}`);
    }
  }
  throw new Error("the program does not end");
}

/** `struct seccomp_data`. */
function toData({ architecture, number, args = [] }: SystemCall): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  for (const [index, value] of args.entries()) {
    data.setBigUint64(16 + index * 8, BigInt(value), true);
  }
  return data;
}

/** From the kernel's own tables: asm/unistd_64.h, and asm-generic/unistd.h for aarch64. */
const MACHINES = {
  x86_64: {
    architecture: 0xc000003e,
    plain: { read: 0, write: 1, kill: 62, execve: 59, openat: 257, bind: 49, sendmsg: 46 },
    refused: {
      ...{ ptrace: 101, process_vm_readv: 310, process_vm_writev: 311, mount: 165, umount2: 166 },
      ...{ pivot_root: 155, chroot: 161, unshare: 272, setns: 308, keyctl: 250, add_key: 248 },
      ...{ request_key: 249, bpf: 321, perf_event_open: 298, userfaultfd: 323, kexec_load: 246 },
      ...{ kexec_file_load: 320, open_by_handle_at: 304, init_module: 175, finit_module: 313 },
      ...{ delete_module: 176, reboot: 169, swapon: 167, swapoff: 168, acct: 163 },
      ...{ settimeofday: 164, clock_settime: 227, sethostname: 170, setdomainname: 171 },
      ...{ quotactl: 179 },
    },
    numbers: {
      ...{ socket: 41, socketpair: 53, connect: 42, clone: 56, ioctl: 16, prlimit64: 302 },
      ...{ setpriority: 141, ioprio_set: 251, sched_setscheduler: 144, sched_setparam: 142 },
      ...{ sched_setattr: 314, sched_setaffinity: 203 },
    },
  },
  aarch64: {
    architecture: 0xc00000b7,
    plain: { read: 63, write: 64, kill: 129, execve: 221, openat: 56, bind: 200, sendmsg: 211 },
    refused: {
      ...{ ptrace: 117, process_vm_readv: 270, process_vm_writev: 271, mount: 40, umount2: 39 },
      ...{ pivot_root: 41, chroot: 51, unshare: 97, setns: 268, keyctl: 219, add_key: 217 },
      ...{ request_key: 218, bpf: 280, perf_event_open: 241, userfaultfd: 282, kexec_load: 104 },
      ...{ kexec_file_load: 294, open_by_handle_at: 265, init_module: 105, finit_module: 273 },
      ...{ delete_module: 106, reboot: 142, swapon: 224, swapoff: 225, acct: 89 },
      ...{ settimeofday: 170, clock_settime: 112, sethostname: 161, setdomainname: 162 },
      ...{ quotactl: 60 },
    },
    numbers: {
      ...{ socket: 198, socketpair: 199, connect: 203, clone: 220, ioctl: 29, prlimit64: 261 },
      ...{ setpriority: 140, ioprio_set: 30, sched_setscheduler: 119, sched_setparam: 118 },
      ...{ sched_setattr: 274, sched_setaffinity: 122 },
    },
  },
} as const;

/** The same numbers on every machine. */
const NEW_CALLS = {
  ...{ io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427, open_tree: 428 },
  ...{ move_mount: 429, fsopen: 430, fsconfig: 431, fsmount: 432, fspick: 433 },
  ...{ pidfd_getfd: 438, mount_setattr: 442 },
};

const [UNIX, INET, INET6, NETLINK, PACKET, VSOCK] = [1, 2, 10, 16, 17, 40];
const [STREAM, DATAGRAM, RAW, SEQPACKET, CLOEXEC_NONBLOCK] = [1, 2, 3, 5, 0x80800];
const FAR = 0x7_0000_0000;

for (const [name, machine] of Object.entries(MACHINES)) {
  const { architecture, plain, refused, numbers } = machine;
  const programOf = (network: boolean): Uint8Array =>
    seccompProgram(name, { network }) ?? new Uint8Array();
  const ask = (network: boolean, number: number, ...args: readonly number[]): string =>
    verdictOf(programOf(network), { architecture, number, args });

  Deno.test(`${name}: what reaches the kernel or other processes is refused, the rest is not`, () => {
    const calls = { ...plain, ...refused, ...NEW_CALLS };
    const expected = Object.keys(calls).map((call) => [call, call in plain ? "allow" : "EPERM"]);
    for (const network of [true, false]) {
      const verdicts = Object.entries(calls).map(([call, number]) => [call, ask(network, number)]);
      deepStrictEqual(verdicts, expected);
    }
  });

  Deno.test(`${name}: arguments decide about namespaces, terminals, limits and ranks`, () => {
    const { clone, ioctl, prlimit64, setpriority, ioprio_set } = numbers;
    const { sched_setscheduler, sched_setparam, sched_setattr, sched_setaffinity } = numbers;
    const rows: [number, number[], string][] = [
      [clone, [0x1200011], "allow"],
      [clone, [0x10000000], "EPERM"],
      [clone, [0x7e020011], "EPERM"],
      [435, [], "ENOSYS"],
      [ioctl, [0, 0x5401], "allow"],
      [ioctl, [0, 0x5412], "EPERM"],
      [ioctl, [0, FAR + 0x5412], "EPERM"],
      [ioctl, [0, 0x541c], "EPERM"],
      [prlimit64, [0, 7, FAR], "allow"],
      [prlimit64, [4321, 0, FAR], "EPERM"],
      [setpriority, [0, 0, 10], "allow"],
      [setpriority, [0, 4321, 10], "EPERM"],
      [setpriority, [2, 0, 10], "EPERM"],
      [ioprio_set, [1, 0, 0x6000], "allow"],
      [ioprio_set, [1, 4321, 0x6000], "EPERM"],
      [ioprio_set, [2, 0, 0x6000], "EPERM"],
      [ioprio_set, [3, 0, 0x6000], "EPERM"],
      ...[sched_setscheduler, sched_setparam, sched_setattr].flatMap((
        number,
      ): [number, number[], string][] => [
        [number, [0, 3, FAR], "allow"],
        [number, [4321, 0, FAR], "EPERM"],
      ]),
      [sched_setaffinity, [4321, 8, FAR], "allow"],
    ];
    for (const [number, args, expected] of rows) {
      strictEqual(ask(true, number, ...args), expected, `${number} ${args}`);
    }
  });

  Deno.test(`${name}: without the network there are sockets between relatives alone`, () => {
    const { socket, socketpair, connect } = numbers;
    const rows: [number, number[]][] = [
      [socket, [UNIX, STREAM + CLOEXEC_NONBLOCK]],
      [socket, [UNIX, SEQPACKET]],
      [socketpair, [UNIX, STREAM]],
      ...[INET, INET6, NETLINK, PACKET, VSOCK, FAR + INET].map((family): [number, number[]] => [
        socket,
        [family, STREAM],
      ]),
      [socket, [UNIX, DATAGRAM]],
      [socket, [UNIX, DATAGRAM + CLOEXEC_NONBLOCK]],
      [socket, [UNIX, RAW]],
      [socketpair, [UNIX, DATAGRAM]],
      [connect, [3, FAR, 110]],
    ];
    const verdicts = rows.map(([number, args]) => ask(false, number, ...args));
    deepStrictEqual(verdicts, [
      ...["allow", "allow", "allow"],
      ...Array.from({ length: rows.length - 3 }, () => "EPERM"),
    ]);
    for (const [number, args] of rows) strictEqual(ask(true, number, ...args), "allow");
  });

  Deno.test(`${name}: calls of another architecture end the process`, () => {
    for (const other of [0x40000003, 0x40000028, 0xc00000b7, 0xc000003e]) {
      if (other === architecture) continue;
      const call = { architecture: other, number: plain.read };
      strictEqual(verdictOf(programOf(false), call), "kill");
    }
  });
}

Deno.test("x86_64: the numbers of the second set of calls are refused", () => {
  const program = seccompProgram("x86_64", { network: true }) ?? new Uint8Array();
  const { architecture } = MACHINES.x86_64;
  for (const number of [0x40000000, 0x40000000 + 521, 0xffffffff]) {
    strictEqual(verdictOf(program, { architecture, number }), "EPERM");
  }
});

Deno.test("there is no filter for a machine whose numbers are not known", () => {
  strictEqual(seccompProgram("riscv64", { network: false }), undefined);
});
