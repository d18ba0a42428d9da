/** `decodex __exec`: confines this process and becomes the given command. Linux; needs FFI. */

import { UsageError } from "../../protocol/error.ts";
import { addressOf, type Bytes, bytesOf, cString, errno, type Libc, openLibc } from "../libc.ts";
import { POLICY_FROM, POLICY_VARIABLE } from "../self_command.ts";
import { filterCalls } from "./harden.ts";
import { restrictFiles } from "./landlock.ts";
import { closeMounts } from "./mounts.ts";

export interface LaunchPolicy {
  /** Absent: nothing is confined. */
  readonly confine?: {
    /** Folders and files that may be written; everything may be read. */
    readonly writable: readonly string[];
    /** What of them is closed where the right to mount is there, and else is looked after. */
    readonly closed: readonly string[];
    readonly network: boolean;
  };
  /** The path of a terminal: it becomes the controlling one, and input and output. */
  readonly terminal?: string;
  readonly cwd?: string;
  /** All that the command sees of one; absent: that of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

const CONFINING = ["open", "close", "prctl", "syscall", "__errno_location"] as const;
const CALLS = [...CONFINING, "setsid", "dup2", "signal", "chdir", "execve"] as const;
type LaunchCalls = Libc<(typeof CALLS)[number]>;
type ConfiningCalls = Libc<(typeof CONFINING)[number]>;

const SIGPIPE = 13;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const CAPABILITY_VERSION_3 = 0x20080522;
const O_RDWR = 2;
const LAST_CAPABILITY = 63;
/** What root's ordinary work with files needs: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID, SETUID. */
const KEPT_CAPABILITIES: ReadonlySet<number> = new Set([0, 1, 3, 4, 6, 7]);

/**
 * `FROM -- COMMAND…`: the policy comes as JSON from there. Returns where the command is the host
 * process of this very executable and what was to confine it holds this process by now: it can be
 * that one itself.
 */
export function launchFromArguments([from, , ...argv]: readonly string[]): void {
  const text = from === POLICY_FROM.input
    ? readInput()
    : from === POLICY_FROM.environment
    ? takeVariable()
    : undefined;
  if (text === undefined || argv.length === 0) {
    throw new UsageError("__exec is a part of decodex that only decodex itself can use");
  }
  const policy = JSON.parse(text) as LaunchPolicy;
  const { confine, terminal, environment, cwd } = policy;
  const isPlain = terminal === undefined && environment === undefined;
  if (!confine || !isPlain || !isOwnHost(argv) || !isAlone()) return launch(policy, argv);
  confineHere(confine);
  if (cwd !== undefined) Deno.chdir(cwd);
}

function takeVariable(): string | undefined {
  const text = Deno.env.get(POLICY_VARIABLE);
  Deno.env.delete(POLICY_VARIABLE);
  return text;
}

function isOwnHost(argv: readonly string[]): boolean {
  const own = [Deno.execPath(), "__host"];
  return Deno.build.standalone && argv.length === 2 && own.every((word, at) => argv[at] === word);
}

/**
 * Whether nothing of this process but the thread that asks could do anything: Landlock takes the
 * asking thread and all that it starts, and leaves the others as they are.
 */
function isAlone(): boolean {
  try {
    return [...Deno.readDirSync("/proc/self/task")].length === 1;
  } catch {
    return false;
  }
}

/** As `launch`, without another start of the runtime. */
function confineHere(policy: NonNullable<LaunchPolicy["confine"]>): void {
  const libc = openLibc(CONFINING);
  if (!libc) throw new Error("the C library cannot be used");
  confine(libc, policy);
  dropCapabilities(libc);
}

function readInput(): string {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (let count = Deno.stdin.readSync(buffer); count !== null;) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
    count = Deno.stdin.readSync(buffer);
  }
  return text;
}

/** Fails where anything of it cannot be done; it never runs the command with less. */
export function launch(policy: LaunchPolicy, argv: readonly string[]): never {
  const libc = openLibc(CALLS);
  if (!libc) throw new Error("the C library cannot be used");
  if (policy.terminal !== undefined) takeTerminal(libc, policy.terminal);
  // Rust programs ignore it, and what they start would as well.
  libc.signal(SIGPIPE, 0n);
  if (policy.confine) confine(libc, policy.confine);
  const { cwd, environment = Deno.env.toObject() } = policy;
  if (cwd !== undefined && libc.chdir(cString(cwd)) !== 0) throw failed(libc, `enter "${cwd}"`);
  return become(libc, argv, environment);
}

function takeTerminal(libc: LaunchCalls, path: string): void {
  libc.setsid();
  // The first terminal that the leader of a session opens is its controlling one.
  const fd = libc.open(cString(path), O_RDWR, 0);
  if (fd < 0) throw failed(libc, `open "${path}"`);
  for (const stream of [0, 1, 2]) libc.dup2(fd, stream);
  if (fd > 2) libc.close(fd);
}

function confine(libc: ConfiningCalls, policy: NonNullable<LaunchPolicy["confine"]>): void {
  const { writable, network } = policy;
  closeMounts(policy);
  for (let capability = 0; capability <= LAST_CAPABILITY; capability++) {
    // Without the right to do so there is nothing to drop.
    if (!KEPT_CAPABILITIES.has(capability)) {
      libc.prctl(PR_CAPBSET_DROP, BigInt(capability), 0n, 0n, 0n);
    }
  }
  if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) !== 0) throw failed(libc, "keep privileges");
  restrictFiles(libc, { writable, network });
  if (!filterCalls(libc, network)) throw failed(libc, "filter system calls");
}

/** What becoming another program does by itself, once the bounding set is as it is. */
function dropCapabilities(libc: ConfiningCalls): void {
  const [get, set] = Deno.build.arch === "x86_64" ? [125n, 126n] : [90n, 91n];
  const header = bytesOf(8);
  new DataView(header.buffer).setUint32(0, CAPABILITY_VERSION_3, true);
  const held = bytesOf(24);
  const call = (number: bigint): bigint =>
    libc.syscall(number, addressOf(header), addressOf(held), 0n, 0n);
  if (call(get) !== 0n) throw failed(libc, "tell its capabilities");
  const kept = [...KEPT_CAPABILITIES].reduce((sum, capability) => sum | 1 << capability, 0);
  const sets = new Uint32Array(held.buffer);
  // Effective, permitted and inheritable ones, the first 32 of each and then the others.
  for (const at of sets.keys()) sets[at] = at < 3 ? (sets[at] ?? 0) & kept : 0;
  if (call(set) !== 0n) throw failed(libc, "drop capabilities");
}

function become(
  libc: LaunchCalls,
  argv: readonly string[],
  env: NonNullable<LaunchPolicy["environment"]>,
): never {
  const [program = ""] = argv;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const args = vector(argv);
  const environment = vector(variables);
  const places = program.includes("/")
    ? [program]
    : (env["PATH"] ?? "/usr/bin:/bin").split(":").map((folder) => `${folder}/${program}`);
  for (const place of places) libc.execve(cString(place), args.bytes, environment.bytes);
  throw failed(libc, `run "${program}"`);
}

/** Pointers to strings, with a null behind them; the strings have to stay as long as it does. */
function vector(strings: readonly string[]): { bytes: Bytes; strings: Bytes[] } {
  const kept = strings.map(cString);
  const bytes = bytesOf((strings.length + 1) * 8);
  const pointers = new BigUint64Array(bytes.buffer);
  for (const [index, each] of kept.entries()) pointers[index] = addressOf(each);
  return { bytes, strings: kept };
}

function failed(libc: Libc<"__errno_location">, what: string): Error {
  return new Error(`cannot ${what} (os error ${errno(libc)})`);
}
