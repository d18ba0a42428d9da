/** Runs in which something needed is refused: what is told, and how they end. */

import { deepStrictEqual, match } from "node:assert/strict";
import { currentForm } from "../support/form.ts";
import { createPlace, events, type Place, run } from "../support/program.ts";
import type { ScriptItem } from "../support/responses_server.ts";

const ESCALATED = { sandbox_permissions: "require_escalated", justification: "May I?" };
const FEATURES = "[features]\nrequest_permissions_tool = true\n";
/** The working folder alone. */
const ROOTS =
  "[sandbox_workspace_write]\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true\n";

function command(cmd: string, id: string, more: Record<string, unknown> = {}): ScriptItem {
  return { call: "exec_command", args: { cmd, ...more }, id };
}

async function placeWith(calls: ScriptItem[][], config = ""): Promise<Place> {
  return await createPlace([...calls.map((items) => ({ items })), { items: ["done"] }], {
    config: `${config}\n${ROOTS}`,
  });
}

/** What the model read as the answer to a call. */
function readBy({ server }: Place, id: string): string {
  const input = server.requests.at(-1)?.body.input ?? [];
  return String(input.find((item) => item["call_id"] === id && "output" in item)?.["output"]);
}

function shownErrors(stdout: string): unknown[] {
  return events(stdout).flatMap(({ type, item }) => {
    const shown = item as { type: string; message: string } | undefined;
    return type === "item.completed" && shown?.type === "error" ? [shown.message] : [];
  });
}

const NEEDS: readonly [
  name: string,
  item: ScriptItem,
  refusal: RegExp,
  answer: RegExp,
][] = [
  [
    "an escalation",
    command("touch /usr/x", "c", ESCALATED),
    /^Refused to run "touch \/usr\/x" outside of the sandbox \(approval: the policy is "never".*; widen/,
    /^approval policy is Never; reject command — you cannot ask for escalated permissions if /,
  ],
  [
    "a patch outside",
    {
      custom: "apply_patch",
      input: "*** Begin Patch\n*** Add File: /usr/x\n+x\n*** End Patch",
      id: "c",
    },
    /^Refused to write "\/usr\/x" \(path policy: writing outside of the project\); .*--add-dir$/,
    /^patch rejected: writing outside of the project; rejected by user approval settings$/,
  ],
  [
    "a patch of protected files",
    {
      custom: "apply_patch",
      input: "*** Begin Patch\n*** Add File: .git/x\n+x\n*** End Patch",
      id: "c",
    },
    /^Refused to write "[^"]*\/work\/\.git\/x" \(path policy: writing to a protected folder\); /,
    /^patch rejected: writing to a protected folder; /,
  ],
  [
    "a command that the sandbox stops",
    command("touch /usr/x", "c"),
    /^Refused what "touch \/usr\/x" tried \(OS sandbox: only the writable .*\); .* --add-dir DIR$/,
    /\n\[OS sandbox: only the writable folders .*; the user can allow it with --add-dir DIR\]\n$/,
  ],
  [
    "rights for the turn",
    { call: "request_permissions", args: { permissions: { network: { enabled: true } } }, id: "c" },
    /^Refused to use the network \(approval: the policy is "never": nobody is asked\); /,
    /^\{"permissions":\{"network":null,"file_system":null\},"scope":"turn"\}$/,
  ],
];

for (const [name, item, refusal, answer] of NEEDS) {
  Deno.test(`${name}, refused: the run goes on, or ends with 8`, async () => {
    await using place = await placeWith([[item]], FEATURES);
    const text = await run(["x"], place);
    deepStrictEqual([text.code, text.stdout], [0, "done\n"]);
    const lines = text.stderr.trimEnd().split("\n").filter((line) => line.startsWith("warning: "));
    deepStrictEqual(lines.length, 1);
    match(lines[0]?.replace("warning: ", "") ?? "", refusal);
    match(readBy(place, "c"), answer);

    await using other = await placeWith([[item]], FEATURES);
    const { code, stdout } = await run(["--json", "--on-denied", "fail", "x"], other);
    const last = events(stdout).at(-1) ?? {};
    deepStrictEqual([code, last["type"], last["exit_code"], last["reason"]], [
      8,
      "turn.failed",
      8,
      "permission_refused",
    ]);
    match((last["error"] as { message: string }).message, refusal);
    deepStrictEqual(shownErrors(stdout), [(last["error"] as { message: string }).message]);
    deepStrictEqual(other.server.requests.length, 1);
  });
}

Deno.test("each refusal is told once to the user, and every time to the model", async () => {
  const calls = [
    [command("touch /usr/x", "a"), command("touch /usr/y", "b")],
    [command("touch /usr/x", "c")],
  ];
  await using place = await placeWith(calls);
  const { code, stdout } = await run(["--json", "x"], place);
  const needs = shownErrors(stdout).map((message) => /tried/.exec(String(message))?.input);
  deepStrictEqual([code, needs.map((text) => /"[^"]*"/.exec(text ?? "")?.[0]).sort()], [0, [
    '"touch /usr/x"',
    '"touch /usr/y"',
  ]]);
  for (const id of ["a", "b", "c"]) match(readBy(place, id), /\n\[OS sandbox: /);
});

Deno.test("a run that ends so prints no answer, writes none, and can be gone on with", async () => {
  const answered = { type: "message", role: "assistant", content: [] };
  const said = { ...answered, id: "m", content: [{ type: "output_text", text: "all is well" }] };
  await using place = await placeWith([[said, command("touch /usr/x", "c")]], 'on_denied = "fail"');
  const last = `${place.root}/last`;
  const { code, stdout, stderr } = await run(["-o", last, "x"], place);
  deepStrictEqual([code, stdout, await Deno.readTextFile(last)], [8, "", ""]);
  match(stderr, /^error: Refused what "touch \/usr\/x" tried \(OS sandbox: /m);
  const again = await run(["exec", "resume", "--last", "--on-denied", "continue", "go on"], place);
  deepStrictEqual([again.code, again.stdout], [0, "done\n"]);
  match(readBy(place, "c"), /^aborted: Refused what "touch \/usr\/x" tried /);
});

Deno.test("with a policy that asks every question is answered with no, and that is told", async () => {
  await using place = await placeWith([[command("touch /usr/x", "c", ESCALATED)]]);
  const { code, stdout } = await run(["--json", "-a", "on-request", "x"], place);
  const message = 'Refused to run "touch /usr/x" outside of the sandbox (approval: the answer to ' +
    "the question was no); go on without it; the user can widen the sandbox with -s or --add-dir";
  deepStrictEqual([code, shownErrors(stdout)], [0, [message]]);
  match(readBy(place, "c"), /^rejected by user\n\[approval: the answer to the question was no; /);
});

Deno.test("what decodex itself may not write is a refusal as well", async () => {
  if (currentForm().name !== "source") return console.log("skipped: only source is run so");
  const input = "*** Begin Patch\n*** Add File: link/x\n+x\n*** End Patch";
  await using place = await createPlace([{ items: [{ custom: "apply_patch", input, id: "c" }] }, {
    items: ["done"],
  }]);
  await Deno.mkdir(`${place.root}/out`);
  await Deno.symlink("../out", `${place.cwd}/link`);
  const folders = [place.cwd, place.home].join();
  const [program = "", , , main = ""] = currentForm().command;
  const permissions = ["read", "write"].map((name) => `--allow-${name}=${folders}`);
  const net = `--allow-net=${new URL(place.server.url).host}`;
  const line = [program, "run", "--no-prompt", ...permissions, "--allow-env", net, main];
  const options = { ...place, program: line };
  const { code, stdout } = await run(["--no-shell", "--json", "x"], options);
  const message =
    `Refused to write "${place.root}/out/x" (Deno permissions: decodex itself may not ` +
    "write there); go on without it; the user can name the folder in --allow-write";
  deepStrictEqual([code, shownErrors(stdout)], [0, [message]]);
  match(
    readBy(place, "c"),
    /Permission denied \(os error 13\)\n\[Deno permissions: decodex itself /,
  );
});

Deno.test("without a sandbox nothing is laid at its door", async () => {
  await using place = await placeWith([[command("echo 'Read-only file system'; exit 1", "c")]]);
  const { code, stdout } = await run(["--json", "-s", "danger-full-access", "x"], place);
  deepStrictEqual([code, shownErrors(stdout)], [0, []]);
  match(readBy(place, "c"), /\nOutput:\nRead-only file system\n$/);
});
