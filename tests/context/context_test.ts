/** What stands before the history: parts, order, AGENTS.md, environment, the user's message. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { timezoneName } from "../../src/context/environment.ts";
import type { SandboxPolicy } from "../../src/protocol/policy.ts";
import type { ContentItem } from "../../src/protocol/response_item.ts";
import { environment, texts, Workspace } from "./workspace.ts";

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

Deno.test("buildContext() is one developer and one user message", async () => {
  using workspace = new Workspace();
  const context = await workspace.context().buildContext(workspace.turn());
  deepStrictEqual(
    context.map((item) => item.type === "message" && [item.role, item.content.length]),
    [
      ["developer", 1],
      ["user", 1],
    ],
  );
  deepStrictEqual(context[1], {
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: environment(workspace.repo) }],
  });
});

Deno.test("developer parts come in Codex's order", async () => {
  using workspace = new Workspace();
  workspace.write({
    "home/skills/tidy/SKILL.md": "---\nname: tidy\ndescription: 'Tidies: all'\n---\nDo it.\n",
  });
  const context = workspace.context({
    developerInstructions: "Be kind.",
    interactive: true,
    features: { codex_git_commit: true },
  });
  const [developer] = await context.buildContext(workspace.turn());
  const starts = texts(developer).map((text) => text.split("\n")[0]);
  deepStrictEqual(starts, [
    "<permissions instructions>",
    "Be kind.",
    "<collaboration_mode># Mode: Default",
    "<skills_instructions>",
    "When you write a commit message, end it with a block of trailers, set off by one blank line, that",
  ]);
});

Deno.test("the collaboration part follows the turn's mode and is told to a person only", async () => {
  using workspace = new Workspace();
  const turn = workspace.turn({ collaborationMode: "plan" });
  const [interactive] = await workspace.context({ interactive: true }).buildContext(turn);
  match(
    texts(interactive)[1] ?? "",
    /^<collaboration_mode># Mode: Plan\n[^]*\n<\/collaboration_mode>$/,
  );
  const [alone] = await workspace.context().buildContext(turn);
  strictEqual(texts(alone).length, 1);
});

Deno.test("the permissions part names sandbox, network, writable roots and approval", async () => {
  using workspace = new Workspace();
  const workspaceWrite: SandboxPolicy = {
    type: "workspace-write",
    writable_roots: ["/data"],
    network_access: false,
    exclude_tmpdir_env_var: false,
    exclude_slash_tmp: false,
  };
  const context = workspace.context({ env: { TZ: "Etc/UTC", TMPDIR: "/scratch" } });
  const say = async (sandboxPolicy: SandboxPolicy) => {
    const [developer] = await context.buildContext(
      workspace.turn({ sandboxPolicy, approvalPolicy: "on-failure" }),
    );
    return texts(developer)[0] ?? "";
  };
  const all = await say(workspaceWrite);
  match(
    all,
    /^<permissions instructions>\nThe sandbox mode is `workspace-write`: [^]*restricted\. The/,
  );
  ok(all.includes(
    ` The writable roots are \`${workspace.repo}\`, \`/data\`, \`/tmp\`, \`/scratch\`.\n` +
      "The approval policy is `on-failure`: ",
  ));
  ok(all.endsWith("\n</permissions instructions>"));
  const few = await say({
    ...workspaceWrite,
    network_access: true,
    writable_roots: [],
    exclude_slash_tmp: true,
    exclude_tmpdir_env_var: true,
  });
  ok(few.includes(`The writable roots are \`${workspace.repo}\`.\n`));
  ok(few.includes("Network access is enabled."));
  match(await say({ type: "read-only" }), /`read-only`: [^]*restricted\.\nThe approval/);
  match(await say({ type: "danger-full-access" }), /`danger-full-access`: [^]*enabled\./);
});

Deno.test("toMessage() puts images before the text, as data URLs", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/f.png": Uint8Array.fromBase64(PNG) });
  const message = await workspace.context().toMessage([
    { type: "text", text: "hi" },
    { type: "local_image", path: "f.png" },
    { type: "image", image_url: "https://example.invalid/a.png" },
    { type: "local_image", path: `${workspace.repo}/f.png` },
  ], workspace.turn());
  const text = (text: string): ContentItem => ({ type: "input_text", text });
  const image_url = `data:image/png;base64,${PNG}`;
  deepStrictEqual(message, {
    type: "message",
    role: "user",
    content: [
      text("<image name=[Image #1]>"),
      { type: "input_image", image_url },
      text("</image>"),
      text("<image>"),
      { type: "input_image", image_url: "https://example.invalid/a.png" },
      text("</image>"),
      text("<image name=[Image #3]>"),
      { type: "input_image", image_url },
      text("</image>"),
      text("hi"),
    ],
  });
});

Deno.test("an image that cannot be read is told as text, and the turn goes on", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/notes.png": "no image", "repo/a.TXT": "text", "repo/folder/x": "" });
  workspace.write({ "repo/large.png": new Uint8Array(20 * 1024 * 1024 + 1) });
  workspace.pipe("repo/pipe.png");
  const message = await workspace.context().toMessage([
    { type: "local_image", path: "nope.png" },
    { type: "local_image", path: "notes.png" },
    { type: "local_image", path: "a.TXT" },
    { type: "local_image", path: "folder" },
    { type: "local_image", path: "large.png" },
    { type: "local_image", path: "pipe.png" },
    { type: "text", text: "hi" },
  ], workspace.turn());
  const unread = (path: string) => `Codex could not read the local image at \`${path}\`: `;
  const failed = (path: string) => `${unread(path)}failed to read image at ${path}: `;
  deepStrictEqual(texts(message), [
    `${failed("nope.png")}No such file or directory (os error 2)`,
    "Codex cannot attach image at `notes.png`: unsupported image format `image/png`.",
    `${unread("a.TXT")}unsupported MIME type \`text/plain\``,
    `${failed("folder")}Is a directory (os error 21)`,
    `${unread("large.png")}it is larger than 20 MiB`,
    `${failed("pipe.png")}it is not a regular file`,
    "hi",
  ]);
});

Deno.test("describeTurn() is the turn_context of a 0.115.0 session file", () => {
  using workspace = new Workspace();
  const described = workspace.context().describeTurn(workspace.turn());
  strictEqual(
    JSON.stringify(described),
    JSON.stringify({
      turn_id: "turn-1",
      cwd: workspace.repo,
      current_date: "2026-11-22",
      timezone: "Etc/UTC",
      approval_policy: "never",
      sandbox_policy: { type: "danger-full-access" },
      model: "gpt-5.1-codex",
      personality: "pragmatic",
      collaboration_mode: {
        mode: "default",
        settings: { model: "gpt-5.1-codex", reasoning_effort: null, developer_instructions: null },
      },
      realtime_active: false,
      summary: "auto",
      truncation_policy: { mode: "tokens", limit: 10_000 },
    }),
  );
});

Deno.test("describeTurn() tells instructions and what the user has set, in Codex's order", async () => {
  using workspace = new Workspace();
  workspace.write({ "repo/AGENTS.md": "AG\n" });
  const context = workspace.context({
    developerInstructions: "DEV",
    request: { effort: "high", summary: "detailed", outputSchema: { type: "object" } },
  });
  await context.buildContext(workspace.turn());
  const described = Object.entries(context.describeTurn(workspace.turn())).slice(8);
  strictEqual(
    JSON.stringify(Object.fromEntries(described)),
    JSON.stringify({
      collaboration_mode: {
        mode: "default",
        settings: {
          model: "gpt-5.1-codex",
          reasoning_effort: "high",
          developer_instructions: null,
        },
      },
      realtime_active: false,
      effort: "high",
      summary: "detailed",
      user_instructions: "AG\n",
      developer_instructions: "DEV",
      final_output_json_schema: { type: "object" },
      truncation_policy: { mode: "tokens", limit: 10_000 },
    }),
  );
});

Deno.test("timezoneName() takes TZ, then the system's link, then its file", () => {
  using workspace = new Workspace();
  const etc = `${workspace.path}/etc`;
  strictEqual(timezoneName(":Asia/Tokyo", etc), "Asia/Tokyo");
  strictEqual(timezoneName(undefined, etc), "Etc/UTC");
  workspace.write({ "etc/timezone": "Europe/Paris\n" });
  strictEqual(timezoneName("", etc), "Europe/Paris");
  strictEqual(timezoneName("</timezone>", etc), "Europe/Paris");
  Deno.symlinkSync("/usr/share/zoneinfo/America/New_York", `${etc}/localtime`);
  strictEqual(timezoneName(undefined, etc), "America/New_York");
});
