/** What a command could try against the network, other processes and the kernel, as data. */

import { type Attack, REFUSED } from "./attack.ts";

export const NETWORK: readonly Attack[] = [
  { name: "TCP", script: '"$PROBE" tcp4 $TCP4', expected: REFUSED },
  { name: "TCP over IPv6", script: '"$PROBE" tcp6 $TCP6', expected: REFUSED, needs: ["IPv6"] },
  { name: "UDP", script: '"$PROBE" udp4 $UDP4', expected: REFUSED },
  { name: "an open port", script: '"$PROBE" listen', expected: REFUSED },
  { name: "an abstract socket", script: '"$PROBE" abstract $ABSTRACT', expected: REFUSED },
  { name: "a socket with a path", script: '"$PROBE" unix "$UNIX"', expected: REFUSED },
  { name: "raw packets", script: '"$PROBE" raw', expected: REFUSED, needs: ["root"] },
  { name: "the machine below", script: '"$PROBE" vsock', expected: REFUSED, needs: ["kernel"] },
  { name: "settings of the network", script: '"$PROBE" netlink', expected: REFUSED },
];

export const PROCESSES: readonly Attack[] = [
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
  {
    name: "limits of another process",
    script: "prlimit --pid $VICTIM_PID --core=0:0",
    expected: REFUSED,
  },
  {
    name: "limits of decodex",
    script: "prlimit --pid $FRONT_PID --core=0:0",
    expected: REFUSED,
  },
  {
    name: "rank of another process",
    script: "renice -n 19 -p $VICTIM_PID",
    expected: REFUSED,
  },
  {
    name: "the scheduler of another process",
    script: '"$PROBE" setscheduler $VICTIM_PID',
    expected: REFUSED,
  },
  {
    name: "the scheduler's parameter of another process",
    script: '"$PROBE" setparam $VICTIM_PID',
    expected: REFUSED,
  },
  {
    name: "the scheduler's attributes of another process",
    script: '"$PROBE" setattr $VICTIM_PID',
    expected: REFUSED,
  },
  {
    name: "rank of another process at the disk",
    script: '"$PROBE" ioprio $VICTIM_PID',
    expected: REFUSED,
    needs: ["kernel"],
  },
  {
    name: "datagrams to a socket with a path",
    script: '"$PROBE" datagram "$DATAGRAMS"',
    expected: REFUSED,
  },
  { name: "ptrace", script: '"$PROBE" ptrace $VICTIM_PID', expected: REFUSED },
  { name: "process_vm_readv", script: '"$PROBE" vm_readv $VICTIM_PID', expected: REFUSED },
  { name: "pidfd_getfd", script: '"$PROBE" pidfd_getfd $VICTIM_PID', expected: REFUSED },
];

export const KERNEL: readonly Attack[] = [
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

export const SECRETS: readonly Attack[] = [
  {
    name: "the key in the environment",
    script: "env | grep -q ^PROVIDER_KEY=",
    expected: { ...REFUSED, none: "refused" },
  },
];
