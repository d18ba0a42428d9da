/** Every attack at every level, as every user: it works freely, and inside it ends as it should. */

import { deepStrictEqual } from "node:assert/strict";
import { compileHere } from "../support/compile_here.ts";
import type { SandboxLevel } from "../../src/protocol/confinement.ts";
import type { Attack, Need, Outcome } from "./attack.ts";
import { CALL_ATTACKS } from "./attack_calls.ts";
import { RACE } from "./attack_race.ts";
import type { AttackLine } from "./attack_run.ts";
import type { AttackResult } from "./attack_session.ts";
import { ATTACKS } from "./attacks.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const LEVELS: readonly SandboxLevel[] = ["bubblewrap", "landlock", "none"];
/** A user without rights, whom no machine knows. */
const NOBODY = 54_321;
const LIMIT_MS = 200_000;
/** Tests beside this one measure times. */
const GENTLY = ["nice", "-n", "10"];

interface User {
  readonly name: string;
  readonly isRoot: boolean;
  /** Whether it is one that may mount. */
  readonly mounts: boolean;
  /** What starts a program as this user. */
  readonly under: readonly string[];
}

const SELF: Omit<User, "mounts"> = {
  name: `user ${Deno.uid()}`,
  isRoot: Deno.uid() === 0,
  under: [],
};
const OTHER: User = {
  name: `user ${NOBODY}`,
  isRoot: false,
  mounts: false,
  under: ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
};

Deno.test({
  name: "an attack that works freely fails in a sandbox, and leaves nothing behind",
  ignore: Deno.build.os !== "linux",
  async fn(t): Promise<void> {
    await using program = await bundleAttacks();
    const users = [{ ...SELF, mounts: await mayMount() }, ...await mayBecome(OTHER) ? [OTHER] : []];
    const forms = [FROM_BUNDLE, ...await program.compile() ? [EXECUTABLE] : []];
    const runs = forms.flatMap((form) =>
      users.map(async (user) => ({ form, user, lines: await program.run(user, form) }))
    );
    for (const { form, user, lines } of await Promise.all(runs)) {
      for (const { level, faults } of judge(lines, { user, form })) {
        const name = `${level}, ${user.name}, ${form.name}`;
        await t.step(name, () => deepStrictEqual(faults, []));
      }
    }
  },
});

/** CAP_SYS_ADMIN. */
async function mayMount(): Promise<boolean> {
  const status = await Deno.readTextFile("/proc/self/status");
  const held = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)?.[1] ?? "0"}`);
  return Deno.uid() === 0 && (held >> 21n & 1n) === 1n;
}

async function mayBecome({ name, under: [program = "", ...args] }: User): Promise<boolean> {
  const become = new Deno.Command(program, { args: [...args, "true"], stdin: "null" });
  const reason = await become.output().then(
    ({ success, stderr }) => success ? "" : new TextDecoder().decode(stderr).trim(),
    () => `no ${program}`,
  );
  if (reason !== "") console.log(`skipped: attacks as ${name}: ${reason}`);
  return reason === "";
}

interface Form {
  readonly name: "bundle" | "executable";
  readonly levels: readonly SandboxLevel[];
}

const FROM_BUNDLE: Form = { name: "bundle", levels: LEVELS };
/** The one level that a host process with a single thread comes to in another way. */
const EXECUTABLE: Form = { name: "executable", levels: ["landlock"] };

interface Program extends AsyncDisposable {
  /** False where no executable can be had here, which is said. */
  compile(): Promise<boolean>;
  run(user: User, form: Form): Promise<AttackLine[]>;
}

/** In a folder that every user may read, with a copy of Deno where its own place is closed. */
async function bundleAttacks(): Promise<Program> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "decodex_attacks_" }));
  await Deno.chmod(folder, 0o755);
  const entries = ["attack_run.ts", "attack_probe.ts"].map((name) => `${ROOT}/tests/exec/${name}`);
  const args = ["bundle", "--quiet", "--code-splitting", "--outdir", folder, ...entries];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return {
    compile: () => compileAttacks(folder),
    run: (user, form) => runAttacks(folder, { user, form }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function compileAttacks(folder: string): Promise<boolean> {
  const reason = await compileHere(`${folder}/attack_run.js`, { output: `${folder}/attacks` });
  if (reason !== undefined) console.log(`skipped: attacks on the executable: ${reason}`);
  return reason === undefined;
}

async function runAttacks(
  folder: string,
  { user: { name, under, isRoot }, form }: { user: User; form: Form },
): Promise<AttackLine[]> {
  const home = `${folder}/${form.name} ${name}`;
  await Deno.mkdir(home);
  await Deno.chmod(home, 0o777);
  const deno = under.length === 0 || isRoot ? Deno.execPath() : await readableDeno(folder);
  const bundle = [
    deno,
    "run",
    "-A",
    "--no-config",
    "--no-lock",
    "--quiet",
    `${folder}/attack_run.js`,
  ];
  const program = form.name === "bundle" ? bundle : [`${folder}/attacks`];
  const [first = "", ...rest] = [...GENTLY, ...under, ...program, ...form.levels];
  const child = new Deno.Command(first, {
    args: rest,
    cwd: home,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: home,
      DENO_DIR: `${home}/deno`,
      DENO_NO_UPDATE_CHECK: "1",
      FRONT_SECRET: "sk-front",
      PROBE: `${folder}/attack_probe.js`,
      PROBE_DENO: deno,
    },
    clearEnv: true,
    stdin: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`as ${name}: ${new TextDecoder().decode(stderr)}`);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as AttackLine);
}

async function readableDeno(folder: string): Promise<string> {
  const [program = "", ...args] = OTHER.under;
  const command = new Deno.Command(program, { args: [...args, Deno.execPath(), "--version"] });
  if ((await command.output()).success) return Deno.execPath();
  await Deno.copyFile(Deno.execPath(), `${folder}/deno`);
  await Deno.chmod(`${folder}/deno`, 0o755);
  return `${folder}/deno`;
}

interface Verdict {
  readonly level: SandboxLevel;
  readonly faults: readonly string[];
}

/** One for each level that could be had; what could not is said. */
function judge(
  lines: readonly AttackLine[],
  { user, form: { levels } }: { user: User; form: Form },
): Verdict[] {
  const works = new Set(lines.flatMap((line) => line.type === "works" ? line.names : []));
  const missing = [...ATTACKS, ...CALL_ATTACKS].filter(({ name }) => !works.has(name));
  const excused = missing.filter((attack) => "needs" in attack && isExcused(attack, user));
  if (excused.length > 0) {
    const names = excused.map(({ name }) => name).join(", ");
    console.log(`skipped: attacks that do not work freely for ${user.name}: ${names}`);
  }
  const unexcused = missing.filter((attack) => !excused.includes(attack));
  const verdicts: { level: SandboxLevel; faults: string[] }[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.type === "works") continue;
    if (line.type === "level") {
      const level = levels[verdicts.length] ?? "none";
      const faults = unexcused.map(({ name }) => `"${name}" does not even work without a sandbox`);
      if (line.level !== level) {
        console.log(`skipped: attacks at ${level} as ${user.name}: ${line.reason}`);
      }
      verdicts.push({ level, faults });
      continue;
    }
    const verdict = verdicts.at(-1);
    if (!verdict) throw new Error(`line ${index} belongs to no level`);
    if (line.type !== "end") {
      verdict.faults.push(...faultsOf(line, expectedOf(line, { level: verdict.level, user })));
    } else verdict.faults.push(...line.left.map((path) => `"${path}" is not as it was`));
  }
  return verdicts;
}

function isExcused({ needs = [] }: Attack, { isRoot }: User): boolean {
  const reasons: readonly Need[] = isRoot
    ? ["gcc", "kernel", "IPv6"]
    : ["root", "gcc", "kernel", "IPv6"];
  return needs.some((need) => reasons.includes(need));
}

function faultsOf(result: AttackResult, expected: Outcome): string[] {
  const { name, ran, succeeded, changed, output } = result;
  const wrong = [
    ...ran ? [] : ["it did not run"],
    ...expected === "refused" && succeeded ? ["it succeeded"] : [],
    ...expected === "open" || expected === "later" ? [] : changed.map((path) => `changed ${path}`),
  ];
  return wrong.map((what) => `"${name}" (${expected}): ${what}: ${output.slice(0, 300)}`);
}

function expectedOf(
  { type, name }: AttackResult,
  { level, user: { mounts } }: { level: SandboxLevel; user: User },
): Outcome {
  if (name === RACE) return "refused";
  if (type === "call") {
    return CALL_ATTACKS.find((attack) => attack.name === name)?.harmless ? "undone" : "refused";
  }
  const expected = ATTACKS.find((attack) => attack.name === name)?.expected[level] ?? "refused";
  if (mounts && (expected === "open" || expected === "undone unless mounted")) return "refused";
  return expected;
}
