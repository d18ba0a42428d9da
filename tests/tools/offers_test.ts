/** Tests of tools/offers.json and tools/offer.ts: what is offered is what handles the call. */

import { deepStrictEqual } from "node:assert/strict";
import { offerFiles } from "../../scripts/write_offers.ts";
import { offered } from "../../tools/offer.ts";
import offers from "../../tools/offers.json" with { type: "json" };
import rareSpecs from "../../tools/rare_specs.json" with { type: "json" };
import { fakeContext } from "../support/fake_host.ts";

Deno.test("what is offered is what the tools themselves say; `deno task generate` writes it", () => {
  const written = { "offers.json": offers, "rare_specs.json": rareSpecs };
  deepStrictEqual(JSON.stringify(written), JSON.stringify(offerFiles()));
});

Deno.test("a tool is made once, by its first call", async () => {
  let made = 0;
  const tool = await offered("update_plan", (all) => {
    made++;
    return all.updatePlan();
  });
  deepStrictEqual(made, 0);
  const plan = JSON.stringify({ plan: [] });
  const context = fakeContext();
  const answers = await Promise.all([tool.handle(plan, context), tool.handle(plan, context)]);
  deepStrictEqual([made, answers.map(({ output }) => output)], [
    1,
    ["Plan updated", "Plan updated"],
  ]);
});

Deno.test("a name that is answered but not offered has no spec", async () => {
  const tool = await offered("shell", (all) => all.updatePlan(), { advertised: false });
  deepStrictEqual([tool.name, tool.kind, tool.parallel, tool.spec], [
    "shell",
    "function",
    true,
    undefined,
  ]);
});
