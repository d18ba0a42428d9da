/** The words that the model is told, as far as a test can judge them. */

import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import {
  approvalText,
  baseInstructions,
  collaborationText,
  commitAttribution,
  compactionPrompt,
  fill,
  requestPermissionsText,
  sandboxText,
  skillsText,
  summaryPrefix,
  turnAbortedNotice,
} from "../../src/context/prompts.ts";
import { MODEL } from "./workspace.ts";

Deno.test("baseInstructions() are the catalogue's own, else ours", () => {
  strictEqual(baseInstructions({ ...MODEL, baseInstructions: "Own.\n" }), "Own.\n");
  const ours = baseInstructions(MODEL);
  const words = ours.split(/\s+/).length;
  ok(words >= 600 && words <= 1000, `${words} words`);
  for (const name of ["decodex", "`update_plan`", "`apply_patch`", "`rg`", "AGENTS.md"]) {
    ok(ours.includes(name), name);
  }
});

Deno.test("fill() puts values in as they are and fails on a name that it does not know", () => {
  strictEqual(
    fill("<a> and <b_2>, </a> < a >", { a: "$& <b_2>", b_2: "" }),
    "$& <b_2> and , </a> < a >",
  );
  throws(() => fill("<who>", { name: "x" }), /Cannot fill "<who>": no such value/);
  throws(() => fill("<constructor>", {}), /Cannot fill "<constructor>"/);
});

Deno.test("every prompt has words, no unfilled placeholder and no white space around it", async () => {
  const values = { networkAccess: "enabled", writableRoots: "" };
  const prompts = await Promise.all([
    baseInstructions(MODEL),
    compactionPrompt(),
    summaryPrefix(),
    commitAttribution(),
    requestPermissionsText(),
    skillsText("- one"),
    collaborationText("default"),
    collaborationText("plan").then((text) => text.replaceAll("<proposed_plan>", "")),
    ...(["untrusted", "on-failure", "on-request", "never"] as const).map(approvalText),
    ...(["read-only", "workspace-write", "danger-full-access"] as const)
      .map((mode) => sandboxText(mode, values)),
  ]);
  for (const prompt of prompts) {
    ok(prompt.length > 60, prompt);
    strictEqual(prompt, prompt.trim());
    deepStrictEqual(prompt.match(/<[a-z][a-z0-9_]*>/g), null);
  }
});

Deno.test("the notice of an interrupt stands in its tag", () => {
  match(turnAbortedNotice(), /^<turn_aborted>\n[^<]{60,}\n<\/turn_aborted>$/);
});
