/** What a command could try against the machine, as data: each line works without a sandbox. */

import type { SandboxLevel } from "../../src/protocol/confinement.ts";

/**
 * `refused`: the command fails and nothing has changed. `undone`: it may believe that it worked, but
 * nothing has changed afterwards. `open`: this level does not hold it, as README says.
 */
export type Outcome = "refused" | "undone" | "open";

/** What has to be there for the attack to work without a sandbox. */
export type Need = "root" | "gcc" | "kernel";

export interface Attack {
  readonly name: string;
  /** For `/bin/sh`, in the workspace; exit code 0 says that it worked. */
  readonly script: string;
  readonly expected: Readonly<Partial<Record<SandboxLevel, Outcome>>>;
  readonly needs?: readonly Need[];
}

/** What scripts find in their environment. */
export interface Targets {
  /** A folder beside the workspace with a file `secret`; `link_out` in the workspace leads there. */
  readonly OUTSIDE: string;
  /** The process that started the host process, with FRONT_SECRET in its environment. */
  readonly FRONT_PID: string;
  /** Another process of the same user. */
  readonly VICTIM_PID: string;
  /** Listeners on the loopback addresses, on a path and on an abstract name. */
  readonly TCP4: string;
  readonly TCP6: string;
  readonly UDP4: string;
  readonly UNIX: string;
  readonly ABSTRACT: string;
  /** `"$PROBE" NAME ARGUMENT…` makes one system call (`attack_probe.ts`). */
  readonly PROBE: string;
  /** A library that writes `$OUTSIDE/preloaded` when it is loaded. */
  readonly EVIL_LIBRARY: string;
}

const REFUSED = { bubblewrap: "refused", landlock: "refused" } as const;
const UNDONE = { bubblewrap: "refused", landlock: "undone" } as const;
const BY_MOUNTS_ALONE = { bubblewrap: "refused", landlock: "open" } as const;

const OUTSIDE_WRITES: readonly Attack[] = [
  { name: "a new file outside", script: 'echo x > "$OUTSIDE/new"', expected: REFUSED },
  { name: "a changed file outside", script: 'echo x >> "$OUTSIDE/secret"', expected: REFUSED },
  { name: "an emptied file outside", script: ': > "$OUTSIDE/secret"', expected: REFUSED },
  { name: "a removed file outside", script: 'rm "$OUTSIDE/secret"', expected: REFUSED },
  { name: "a folder outside", script: 'mkdir "$OUTSIDE/folder"', expected: REFUSED },
  { name: "a pipe outside", script: 'mkfifo "$OUTSIDE/pipe"', expected: REFUSED },
  { name: "a link outside", script: 'ln -s / "$OUTSIDE/link"', expected: REFUSED },
  { name: "dot dot", script: "echo x > ../out/dots", expected: REFUSED },
  { name: "a link that is there", script: "echo x > link_out/through", expected: REFUSED },
  {
    name: "a link that is made",
    script: 'ln -s "$OUTSIDE" made_link && echo x > made_link/through',
    expected: REFUSED,
  },
  {
    name: "a hard link to a file outside",
    script: 'ln "$OUTSIDE/secret" hard && echo x >> hard',
    expected: REFUSED,
  },
  { name: "a file moved out", script: 'echo x > moved; mv moved "$OUTSIDE"', expected: REFUSED },
  { name: "a file moved in", script: 'mv "$OUTSIDE/secret" taken', expected: REFUSED },
  {
    name: "the root of /proc/self",
    script: 'echo x > /proc/self/root"$OUTSIDE/root"',
    expected: REFUSED,
  },
  { name: "the workspace itself moved", script: 'mv "$PWD" "$PWD.moved"', expected: REFUSED },
  {
    name: "rights of a file outside",
    script: 'chmod 777 "$OUTSIDE/secret"',
    expected: BY_MOUNTS_ALONE,
  },
  {
    name: "times of a file outside",
    script: 'touch -d 2001-01-01 "$OUTSIDE/secret"',
    expected: BY_MOUNTS_ALONE,
  },
  {
    name: "a library loaded first",
    script: 'cp "$EVIL_LIBRARY" e.so && LD_PRELOAD=./e.so env true; test -e "$OUTSIDE/preloaded"',
    expected: REFUSED,
    needs: ["gcc"],
  },
];

const PROTECTED_WRITES: readonly Attack[] = [
  { name: "a new hook of git", script: "echo x > .git/hooks/pre-commit", expected: UNDONE },
  { name: "a changed setting of git", script: "echo '[x]' >> .git/config", expected: UNDONE },
  { name: "a setting of git moved over", script: "echo x > c; mv c .git/config", expected: UNDONE },
  { name: "rights of a file of git", script: "chmod 777 .git/config", expected: UNDONE },
  {
    name: "a hard link to a setting of git",
    script: "ln .git/config config && echo x >> config",
    expected: UNDONE,
  },
  { name: "git removed", script: "rm -rf .git; ! test -e .git/config", expected: UNDONE },
  {
    name: "git exchanged",
    script: "mv .git old_git && mkdir -p .git/hooks && echo x > .git/hooks/pre-commit",
    expected: UNDONE,
  },
  {
    name: "a first setting of decodex",
    script: "mkdir -p .codex && echo x > .codex/config.toml",
    expected: UNDONE,
  },
  {
    name: "a link in its place",
    script: 'ln -sn "$PWD/elsewhere" .codex && test -L .codex',
    expected: UNDONE,
  },
  { name: "a file in its place", script: "echo x > .agents", expected: UNDONE },
  { name: "a folder moved there", script: "mkdir a && mv -T a .agents", expected: UNDONE },
  {
    name: "the end of a link that leads nowhere",
    script: "mkdir nowhere && echo x > nowhere/config.toml",
    expected: UNDONE,
  },
];

const NETWORK: readonly Attack[] = [
  { name: "TCP", script: '"$PROBE" tcp4 $TCP4', expected: REFUSED },
  { name: "TCP over IPv6", script: '"$PROBE" tcp6 $TCP6', expected: REFUSED },
  { name: "UDP", script: '"$PROBE" udp4 $UDP4', expected: REFUSED },
  { name: "an open port", script: '"$PROBE" listen', expected: REFUSED },
  { name: "an abstract socket", script: '"$PROBE" abstract $ABSTRACT', expected: REFUSED },
  { name: "a socket with a path", script: '"$PROBE" unix "$UNIX"', expected: REFUSED },
  { name: "raw packets", script: '"$PROBE" raw', expected: REFUSED, needs: ["root"] },
  { name: "the machine below", script: '"$PROBE" vsock', expected: REFUSED, needs: ["kernel"] },
  { name: "settings of the network", script: '"$PROBE" netlink', expected: REFUSED },
];

const PROCESSES: readonly Attack[] = [
  {
    name: "the environment of decodex",
    script: "tr '\\0' '\\n' < /proc/$FRONT_PID/environ | grep -q ^FRONT_SECRET=",
    expected: REFUSED,
  },
  {
    name: "the memory of another process",
    script: "at=$(sed -n '1s/-.*//p' /proc/$VICTIM_PID/maps) && test -n \"$at\" && " +
      "dd if=/proc/$VICTIM_PID/mem bs=1 count=1 skip=$((0x$at)) of=/dev/null",
    expected: REFUSED,
  },
  {
    name: "files by another process's root",
    script: 'echo x > /proc/$VICTIM_PID/root"$OUTSIDE/root"',
    expected: REFUSED,
  },
  { name: "open files of decodex", script: "readlink /proc/$FRONT_PID/fd/0", expected: REFUSED },
  { name: "a signal to decodex", script: "kill -CONT $FRONT_PID", expected: REFUSED },
  { name: "a signal to another process", script: "kill -CONT $VICTIM_PID", expected: REFUSED },
  { name: "ptrace", script: '"$PROBE" ptrace $VICTIM_PID', expected: REFUSED },
  { name: "process_vm_readv", script: '"$PROBE" vm_readv $VICTIM_PID', expected: REFUSED },
  { name: "pidfd_getfd", script: '"$PROBE" pidfd_getfd $VICTIM_PID', expected: REFUSED },
];

const KERNEL: readonly Attack[] = [
  {
    name: "/proc/sys",
    script: "cd /proc/sys/vm && was=$(cat swappiness) && echo $was > swappiness",
    expected: REFUSED,
    needs: ["root"],
  },
  {
    name: "/proc/sysrq-trigger",
    script: "echo h > /proc/sysrq-trigger",
    expected: REFUSED,
    needs: ["root", "kernel"],
  },
  {
    name: "/sys",
    script: "cd /sys/kernel/mm/transparent_hugepage && was=$(cat khugepaged/defrag) && " +
      "echo $was > khugepaged/defrag",
    expected: REFUSED,
    needs: ["root", "kernel"],
  },
  { name: "a device node", script: "mknod node c 1 3", expected: REFUSED, needs: ["root"] },
  {
    name: "a mount",
    script: 'unshare -m mount -t tmpfs none "$OUTSIDE"',
    expected: REFUSED,
    needs: ["root"],
  },
  {
    name: "the root mounted anew",
    script: "unshare -m sh -c 'mount -o remount,bind,rw / && echo x > \"$OUTSIDE/remounted\"'",
    expected: REFUSED,
    needs: ["root"],
  },
  { name: "a namespace inside", script: "unshare -Ur true", expected: REFUSED, needs: ["kernel"] },
  {
    name: "mounts in a namespace inside",
    script: "unshare -Urm sh -c 'mount -t tmpfs none /mnt'",
    expected: REFUSED,
    needs: ["kernel"],
  },
  { name: "a new root", script: "chroot / true", expected: REFUSED, needs: ["root"] },
  { name: "keys of the kernel", script: '"$PROBE" keyctl', expected: REFUSED, needs: ["kernel"] },
  { name: "io_uring", script: '"$PROBE" io_uring', expected: REFUSED, needs: ["kernel"] },
  { name: "bpf", script: '"$PROBE" bpf', expected: REFUSED, needs: ["root"] },
  { name: "perf_event_open", script: '"$PROBE" perf', expected: REFUSED, needs: ["kernel"] },
  { name: "userfaultfd", script: '"$PROBE" userfaultfd', expected: REFUSED, needs: ["kernel"] },
  {
    name: "open_by_handle_at",
    script: '"$PROBE" open_by_handle "$OUTSIDE/secret"',
    expected: REFUSED,
    needs: ["root"],
  },
];

const SECRETS: readonly Attack[] = [
  {
    name: "the key in the environment",
    script: "env | grep -q ^PROVIDER_KEY=",
    expected: { ...REFUSED, none: "refused" },
  },
];

export const ATTACKS: readonly Attack[] = [
  ...OUTSIDE_WRITES,
  ...PROTECTED_WRITES,
  ...NETWORK,
  ...PROCESSES,
  ...KERNEL,
  ...SECRETS,
];
