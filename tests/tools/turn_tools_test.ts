/** The tools that touch the turn: plan, questions, permissions, search; and which a model gets. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { createTools, type ToolOptions } from "../../tools/mod.ts";
import { requestPermissions } from "../../tools/request_permissions.ts";
import { requestUserInput } from "../../tools/request_user_input.ts";
import { updatePlan } from "../../tools/update_plan.ts";
import { webSearch } from "../../tools/web_search.ts";
import { fakeContext, fakeHost } from "../support/fake_host.ts";
import { MODEL } from "../support/scripted_session.ts";

Deno.test("update_plan shows one list for the whole turn", async () => {
  const ctx = fakeContext();
  const plan = [{ step: "a", status: "completed" }, { step: "b", status: "in_progress" }];
  const { output } = await updatePlan().handle(JSON.stringify({ plan }), ctx);
  strictEqual(output, "Plan updated");
  deepStrictEqual(ctx.reported, [{
    id: "plan-turn",
    item: {
      type: "todo_list",
      items: [{ text: "a", completed: true }, { text: "b", completed: false }],
    },
  }]);
  await rejects(updatePlan().handle(`{"plan":[{"step":"a","status":"bogus"}]}`, ctx), {
    message: "failed to parse function arguments: unknown variant `bogus`, expected one of " +
      "`pending`, `in_progress`, `completed` at line 1 column 37",
  });
});

Deno.test("request_user_input looks at the mode before the arguments", async () => {
  const closed = requestUserInput({ inDefaultMode: false, askUser: undefined });
  await rejects(closed.handle("{", fakeContext()), {
    message: "request_user_input is unavailable in Default mode",
  });
  const open = requestUserInput({ inDefaultMode: true, askUser: undefined });
  const option = { label: "l", description: "d" };
  const question = { id: "q", header: "h", question: "?", options: [option] };
  const { output } = await open.handle(JSON.stringify({ questions: [question] }), fakeContext());
  strictEqual(output, `{"answers":{}}`);
});

Deno.test("request_permissions tells what was granted, and nothing where nothing was", async () => {
  const granted = { network: { enabled: true } };
  const asked: unknown[] = [];
  const permissionsTool = (answer: typeof granted | Record<never, never>) =>
    requestPermissions(fakeHost({
      requestPermissions: (request) => {
        asked.push(request);
        return Promise.resolve(answer);
      },
    }));
  const input = `{"permissions":{"network":{"enabled":true}},"reason":"r"}`;
  const none = await permissionsTool({}).handle(input, fakeContext());
  strictEqual(none.output, `{"permissions":{"network":null,"file_system":null},"scope":"turn"}`);
  const some = await permissionsTool(granted).handle(input, fakeContext());
  strictEqual(
    some.output,
    `{"permissions":{"network":{"enabled":true},"file_system":null},"scope":"turn"}`,
  );
  const request = { permissions: { network: { enabled: true } }, reason: "r" };
  deepStrictEqual(asked, [request, request]);
});

Deno.test("request_permissions has to ask for something", async () => {
  const tool = requestPermissions(fakeHost());
  await rejects(tool.handle(`{"permissions":{}}`, fakeContext()), {
    message: "request_permissions requires at least one permission",
  });
  await rejects(tool.handle("{}", fakeContext()), {
    message: "failed to parse function arguments: missing field `permissions` at line 1 column 2",
  });
});

Deno.test("web_search is live for who may do anything", () => {
  const model = { webSearch: "text_and_image" } as const;
  deepStrictEqual(webSearch({ mode: "cached", sandboxMode: "read-only", model }).spec, {
    type: "web_search",
    external_web_access: false,
    search_content_types: ["text", "image"],
  });
  const full = webSearch({ mode: "cached", sandboxMode: "danger-full-access", model }).spec;
  strictEqual(full.external_web_access, true);
});

const OPTIONS: ToolOptions = {
  model: MODEL,
  shell: { path: "/bin/bash", name: "bash" },
  features: {},
  webSearch: "cached",
  sandboxMode: "read-only",
};

async function offered(options: Partial<ToolOptions>): Promise<string[]> {
  return (await createTools(fakeHost(), { ...OPTIONS, ...options }))
    .filter(({ spec }) => spec).map(({ name }) => name);
}

Deno.test("createTools() offers what the model and the features ask for, in Codex's order", async () => {
  const rest = ["update_plan", "request_user_input", "apply_patch", "web_search", "view_image"];
  deepStrictEqual(await offered({}), ["exec_command", "write_stdin", ...rest]);
  deepStrictEqual(await offered({ features: { unified_exec: false } }), ["shell_command", ...rest]);
  deepStrictEqual(
    await offered({ features: { unified_exec: false }, model: { ...MODEL, shellType: "default" } }),
    ["shell", ...rest],
  );
  deepStrictEqual(
    await offered({ webSearch: "disabled", features: { request_permissions_tool: true } }),
    [
      "exec_command",
      "write_stdin",
      "update_plan",
      "request_user_input",
      "request_permissions",
      "apply_patch",
      "view_image",
    ],
  );
  const none = { ...MODEL, applyPatch: "none" } as const;
  strictEqual((await offered({ model: none })).includes("apply_patch"), false);
  strictEqual((await offered({ model: { ...none, known: false } })).includes("apply_patch"), true);
  const experimental = ["list_dir", "grep_files", "read_file", "test_sync_tool"];
  deepStrictEqual(
    (await offered({ model: { ...MODEL, experimentalTools: experimental } })).slice(4, 8),
    [
      "apply_patch",
      "grep_files",
      "read_file",
      "list_dir",
    ],
  );
});
