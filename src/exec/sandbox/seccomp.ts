/** A filter of system calls: what reaches other processes, the kernel or the network is refused. */

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const REFUSE = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;

const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const ARGUMENTS_AT = 16;

const AF_UNIX = 1;
const CLONE_NEWUSER = 0x10000000;
/** Types text into the terminal that a process is on. */
const TIOCSTI = 0x5412;

interface Numbers {
  readonly architecture: number;
  /** From here on numbers are those of a second set of calls, which is refused whole. */
  readonly foreign: number | undefined;
  readonly socket: number;
  readonly connect: number;
  /** With an address it is `connect` and `send` in one. */
  readonly sendto: number;
  readonly clone: number;
  readonly ioctl: number;
  readonly refused: readonly number[];
}

/** The same on every architecture: io_uring, pidfd_getfd and the new calls for mounts. */
const NEW_CALLS = [425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442];
/** Hides its flags from a filter; programs fall back to `clone`. */
const CLONE3 = 435;

/**
 * In this order: ptrace, process_vm_readv and writev, mount, umount2, pivot_root, chroot, unshare,
 * setns, keyctl, add_key, request_key, bpf, perf_event_open, userfaultfd, kexec_load,
 * kexec_file_load, open_by_handle_at, init_module, finit_module, delete_module, reboot, swapon,
 * swapoff, acct, settimeofday, clock_settime, sethostname, setdomainname, quotactl.
 */
const NUMBERS: Readonly<Record<string, Numbers>> = {
  x86_64: {
    architecture: 0xc000003e,
    foreign: 0x40000000,
    socket: 41,
    connect: 42,
    sendto: 44,
    clone: 56,
    ioctl: 16,
    refused: [
      ...[101, 310, 311, 165, 166, 155, 161, 272, 308, 250, 248, 249, 321, 298, 323, 246, 320],
      ...[304, 175, 313, 176, 169, 167, 168, 163, 164, 227, 170, 171, 179],
    ],
  },
  aarch64: {
    architecture: 0xc00000b7,
    foreign: undefined,
    socket: 198,
    connect: 203,
    sendto: 206,
    clone: 220,
    ioctl: 29,
    refused: [
      ...[117, 270, 271, 40, 39, 41, 51, 97, 268, 219, 217, 218, 280, 241, 282, 104, 294],
      ...[265, 105, 273, 106, 142, 224, 225, 89, 170, 112, 161, 162, 60],
    ],
  },
};

/** The program as the kernel takes it: eight bytes an instruction. Absent for other machines. */
export function seccompProgram(
  architecture: string,
  { network }: { network: boolean },
): Uint8Array<ArrayBuffer> | undefined {
  const numbers = NUMBERS[architecture];
  if (!numbers) return undefined;
  const { foreign, clone, ioctl, refused } = numbers;
  return encode([
    [LOAD, 0, 0, ARCHITECTURE_AT],
    [EQUAL, 1, 0, numbers.architecture],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER_AT],
    ...foreign === undefined ? [] : refuseIf([AT_LEAST, 0, 0, foreign]),
    ...[...refused, ...NEW_CALLS].flatMap((number) => refuseIf([EQUAL, 0, 0, number])),
    ...refuseIf([EQUAL, 0, 0, CLONE3], ENOSYS),
    ...onCall(clone, 0, refuseIf([ANY_BIT, 0, 0, CLONE_NEWUSER])),
    ...onCall(ioctl, 1, refuseIf([EQUAL, 0, 0, TIOCSTI])),
    ...network ? [] : withoutNetwork(numbers),
    [RETURN, 0, 0, ALLOW],
  ]);
}

/** Sockets between relatives remain; one with a name on disk may be anybody's, a daemon's too. */
function withoutNetwork({ socket, connect, sendto }: Numbers): Instruction[] {
  return [
    ...onCall(socket, 0, [[EQUAL, 1, 0, AF_UNIX], [RETURN, 0, 0, REFUSE | EPERM]]),
    ...refuseIf([EQUAL, 0, 0, connect]),
    ...onCall(sendto, 4, [[EQUAL, 1, 0, 0], [RETURN, 0, 0, REFUSE | EPERM]]),
  ];
}

function refuseIf([code, , , value]: Instruction, error: number = EPERM): Instruction[] {
  return [[code, 0, 1, value], [RETURN, 0, 0, REFUSE | error]];
}

/** The checks see the argument's lower half, and the number is there again after them. */
function onCall(number: number, argument: number, checks: readonly Instruction[]): Instruction[] {
  return [
    [EQUAL, 0, checks.length + 2, number],
    [LOAD, 0, 0, ARGUMENTS_AT + 8 * argument],
    ...checks,
    [LOAD, 0, 0, NUMBER_AT],
  ];
}

function encode(program: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(new ArrayBuffer(program.length * 8));
  const view = new DataView(bytes.buffer);
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    view.setUint16(index * 8, code, true);
    bytes[index * 8 + 2] = ifTrue;
    bytes[index * 8 + 3] = ifFalse;
    view.setUint32(index * 8 + 4, value >>> 0, true);
  }
  return bytes;
}
