/** A tool as the model is told of it; what handles its calls is loaded when it is needed. */

import type { Tool, ToolSpec } from "../src/protocol/tool.ts";
import offers from "./offers.json" with { type: "json" };

export type Handlers = typeof import("./handlers.ts");
export type OfferName = keyof typeof offers;

/** What stands in `offers.json`: written by `deno task generate` from the tools themselves. */
type Offer = Pick<Tool, "name" | "kind" | "parallel" | "spec">;

/** `create` makes the tool itself, once, for its first call. */
export async function offered(
  offerName: OfferName,
  create: (handlers: Handlers) => Tool,
  { advertised = true } = {},
): Promise<Tool> {
  const { spec: common, ...offer } = offers[offerName] as Offer;
  const spec = advertised ? common ?? await rareSpec(offerName) : undefined;
  let loading: Promise<Tool> | undefined;
  // At the start of a run nothing of it is needed.
  const tool = () => loading ??= import("./handlers.ts").then(create);
  return {
    ...offer,
    ...spec && { spec, prepare: async () => void await tool() },
    handle: async (input, ctx) => await (await tool()).handle(input, ctx),
  };
}

async function rareSpec(offerName: OfferName): Promise<ToolSpec | undefined> {
  const { default: specs } = await import("./rare_specs.json", { with: { type: "json" } });
  return (specs as Partial<Record<OfferName, unknown>>)[offerName] as ToolSpec | undefined;
}
