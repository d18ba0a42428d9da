/** A small process beside this one that clears up where this one is killed and cannot. Linux only. */

import { THREAD_VARIABLE } from "../protocol/environment.ts";
import { startAside } from "./aside.ts";
import { mayRun } from "./self_command.ts";
import { settledWithin } from "./wait.ts";

/**
 * Reads the numbers of host processes until the end of its input, which comes however its starter
 * ends. They are given two seconds to end what runs in them, then they are ended themselves, and
 * every session in which something has the thread's id in its environment, until some looks one after
 * the other have found nothing. A process may have a name with a line break and parentheses: its
 * fields follow the last one. What the shell has to know is no argument: who kills processes by the
 * words of their command line shall not find it among ours.
 */
const SCRIPT = `
hosts='' round=0
while read -r pid; do hosts="$hosts $pid"; done
living() {
  for pid in $hosts; do
    if grep -qsa '__hos[t]' "/proc/$pid/cmdline"; then echo "$pid"; fi
  done
}
while [ -n "$(living)" ] && [ $round -lt 20 ]; do sleep 0.1; round=$((round + 1)); done
for pid in $(living); do kill -9 "$pid"; done
round=0 empty=0 sessions=" "
look_at() {
  stat=''
  while read -r line; do stat="$stat $line"; done <"/proc/$1/stat" || return
  set -- \${stat##*) }
  group=$3 session=$4
  [ -n "$session" ]
}
while [ $round -lt 100 ]; do
  marked=$(grep -lsaF "${THREAD_VARIABLE}=$THREAD" /proc/[0-9]*/environ)
  if [ -z "$marked" ]; then
    empty=$((empty + 1))
    [ $empty -lt 4 ] || break
    sleep 0.02
  else
    empty=0
  fi
  for path in $marked; do
    path=\${path%/*}
    if look_at "\${path##*/}"; then sessions="$sessions$session "; fi
  done
  for path in /proc/[0-9]*; do
    pid=\${path##*/}
    look_at "$pid" || continue
    case $sessions in *" $session "*)
      kill -9 "$pid"
      if [ "$group" -gt 1 ]; then kill -9 "-$group"; fi ;;
    esac
  done
  round=$((round + 1))
done
rm -rf -- "$FOLDER"
`;

const SHELL = "/bin/sh";
/** The longest that an end which was not orderly waits for it. */
const CLEAR_LIMIT_MS = 300;

export interface ReaperOptions {
  readonly threadId: string;
  /** Removed with all that it holds, if it is there. */
  readonly tempDir: string;
}

export class Reaper {
  #child: Deno.ChildProcess | undefined;

  /** Stands ready at once: what is made after it cannot be left behind. */
  constructor(options: ReaperOptions) {
    this.#child = start(options);
  }

  /** Takes note of a host process, or of what confines it. */
  add(pid: number): void {
    const writer = this.#child?.stdin.getWriter();
    writer?.write(new TextEncoder().encode(`${pid}\n`)).catch(() => {});
    writer?.releaseLock();
  }

  /** After an end that was not orderly it still does its work, and is not awaited for long. */
  async close({ isOrderly }: { isOrderly: boolean }): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    if (isOrderly) endNow(child);
    await child.stdin.close().catch(() => {});
    if (!await settledWithin(child.status, { ms: CLEAR_LIMIT_MS })) child.unref();
  }
}

/** Without it host processes still end by themselves when this one does. */
function start({ threadId, tempDir }: ReaperOptions): Deno.ChildProcess | undefined {
  // What would have to be asked for is left: nobody shall be asked for this.
  if (Deno.build.os !== "linux" || !mayRun(SHELL)) return undefined;
  const env = { PATH: "/usr/bin:/bin", THREAD: threadId, FOLDER: tempDir };
  return startAside([SHELL, "-c", SCRIPT], env);
}

function endNow(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // Somebody else has ended it.
  }
}
