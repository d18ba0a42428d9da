/** A filter of system calls: what reaches other processes, the kernel or the network is refused. */

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const MASK = 0x54;
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
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
/** What of a socket's type is no flag. */
const TYPE_MASK = 0xf;
const PRIO_USER = 2;
const IOPRIO_WHO_PROCESS = 1;
const CLONE_NEWUSER = 0x10000000;
/** Types text into the terminal that a process is on. */
const TIOCSTI = 0x5412;
/** Pastes on the console. */
const TIOCLINUX = 0x541c;

interface Numbers {
  readonly architecture: number;
  /** From here on numbers are those of a second set of calls, which is refused whole. */
  readonly foreign: number | undefined;
  readonly socket: number;
  readonly socketpair: number;
  readonly connect: number;
  readonly prlimit: number;
  readonly setpriority: number;
  readonly ioprioSet: number;
  /** sched_setscheduler, sched_setparam, sched_setattr. */
  readonly scheduling: readonly number[];
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
    socketpair: 53,
    connect: 42,
    prlimit: 302,
    setpriority: 141,
    ioprioSet: 251,
    scheduling: [144, 142, 314],
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
    socketpair: 199,
    connect: 203,
    prlimit: 261,
    setpriority: 140,
    ioprioSet: 30,
    scheduling: [119, 118, 274],
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
  const { foreign, clone, ioctl, prlimit, refused } = numbers;
  return encode([
    [LOAD, 0, 0, ARCHITECTURE_AT],
    [EQUAL, 1, 0, numbers.architecture],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER_AT],
    ...foreign === undefined ? [] : refuseIf([AT_LEAST, 0, 0, foreign]),
    ...[...refused, ...NEW_CALLS].flatMap((number) => refuseIf([EQUAL, 0, 0, number])),
    ...refuseIf([EQUAL, 0, 0, CLONE3], ENOSYS),
    ...onCall(clone, 0, refuseIf([ANY_BIT, 0, 0, CLONE_NEWUSER])),
    ...[TIOCSTI, TIOCLINUX].flatMap((request) =>
      onCall(ioctl, 1, refuseIf([EQUAL, 0, 0, request]))
    ),
    // A limit on another's processor time ends it as a signal would.
    ...onCall(prlimit, 0, refuseUnless(0)),
    ...withoutRanks(numbers),
    ...network ? [] : withoutNetwork(numbers),
    [RETURN, 0, 0, ALLOW],
  ]);
}

/**
 * A process may only change when it runs itself: others of this user would starve. On which
 * processors they run stays open, since libraries choose that for their threads by number.
 */
function withoutRanks({ setpriority, ioprioSet, scheduling }: Numbers): Instruction[] {
  return [
    ...onCall(setpriority, 0, refuseIf([EQUAL, 0, 0, PRIO_USER])),
    ...onCall(setpriority, 1, refuseUnless(0)),
    ...onCall(ioprioSet, 0, refuseUnless(IOPRIO_WHO_PROCESS)),
    ...onCall(ioprioSet, 1, refuseUnless(0)),
    ...scheduling.flatMap((number) => onCall(number, 0, refuseUnless(0))),
  ];
}

/**
 * Sockets between relatives remain; one with a name on disk may be anybody's, a daemon's too. Those
 * for datagrams take a name with each message, where no filter sees it, and are refused whole.
 */
function withoutNetwork({ socket, socketpair, connect }: Numbers): Instruction[] {
  return [
    ...onCall(socket, 0, refuseUnless(AF_UNIX)),
    ...[socket, socketpair].flatMap((number) =>
      onCall(number, 1, [[MASK, 0, 0, TYPE_MASK], ...refuseUnless(SOCK_STREAM, SOCK_SEQPACKET)])
    ),
    ...refuseIf([EQUAL, 0, 0, connect]),
  ];
}

function refuseUnless(...values: readonly number[]): Instruction[] {
  const checks = values.map((
    value,
    index,
  ): Instruction => [EQUAL, values.length - index, 0, value]);
  return [...checks, [RETURN, 0, 0, REFUSE | EPERM]];
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
