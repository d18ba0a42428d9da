/** A model-visible tool: what the model is told, and what runs. */

import type { ThreadItemDetails } from "./event.ts";
import type { ModelInfo } from "./model_info.ts";
import type {
  ApprovalRequest,
  AskForApproval,
  Denial,
  RequestedPermissions,
  ReviewDecision,
  SandboxPolicy,
} from "./policy.ts";
import type { FunctionCallOutputItem } from "./response_item.ts";
import { type Infer, type ParameterSchema, parseArguments, toWireSchema } from "./schema.ts";

export interface FunctionToolSpec {
  readonly type: "function";
  readonly name: string;
  readonly description: string;
  readonly strict: false;
  /** JSON Schema, keys in the order of the captures. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface CustomToolSpec {
  readonly type: "custom";
  readonly name: string;
  readonly description: string;
  readonly format: {
    readonly type: "grammar";
    readonly syntax: "lark";
    readonly definition: string;
  };
}

export interface WebSearchSpec {
  readonly type: "web_search";
  readonly external_web_access: boolean;
  readonly search_content_types?: readonly string[];
}

export type ToolSpec = FunctionToolSpec | CustomToolSpec | WebSearchSpec;

/** What holds for every call of one turn. Frozen when the turn starts. */
export interface TurnContext {
  readonly turnId: string;
  /** Absolute. */
  readonly cwd: string;
  readonly model: ModelInfo;
  readonly approvalPolicy: AskForApproval;
  readonly sandboxPolicy: SandboxPolicy;
  readonly collaborationMode: "default" | "plan";
}

/** What a turn has been granted beside its policies, and where its refusals are told. */
export interface TurnRights {
  /** Paths are real ones. */
  readonly granted: RequestedPermissions;
  /** Adds to what was granted, until the turn ends. */
  grant(permissions: RequestedPermissions): void;
  /** Tells a refusal to the user, once; may end the turn. */
  deny(denial: Denial): void;
}

/** What one call is given. */
export interface ToolContext {
  readonly callId: string;
  readonly turn: TurnContext;
  readonly signal: AbortSignal;
  /**
   * Shows an item to the user: started at first, updated later, completed once its `status` is
   * final. `itemId` names an item of another call (a session that ends in a later poll) or of the
   * turn (the plan); it is this call's own where absent.
   */
  report(item: ThreadItemDetails, itemId?: string): void;
  requestApproval(request: ApprovalRequest): Promise<ReviewDecision>;
  readonly rights: TurnRights;
}

export interface ToolOutput {
  readonly output: FunctionCallOutputItem["output"];
  readonly success: boolean;
  /** The item that this call has shown outlives it: a later call or the turn's end closes it. */
  readonly itemStaysOpen?: boolean;
}

export interface Tool {
  readonly name: string;
  readonly kind: "function" | "custom";
  /** What the model is told; absent for a name that is answered but not offered. */
  readonly spec?: ToolSpec | undefined;
  /**
   * Whether calls may run beside others. Commands may, as in Codex; a tool that edits runs alone,
   * after every earlier call and before every later one.
   */
  readonly parallel: boolean;
  /** Gets ready what the first call would have to wait for, while nothing else is to be done. */
  prepare?(): Promise<void>;
  /** `input` is the call's `arguments` or `input`, as the model wrote it. */
  handle(input: string, ctx: ToolContext): Promise<ToolOutput>;
}

/** A tool that the provider runs: a spec and nothing else. */
export interface HostedTool {
  readonly kind: "hosted";
  readonly name: string;
  readonly spec: WebSearchSpec;
}

export type AnyTool = Tool | HostedTool;

export interface ToolDefinition<S extends ParameterSchema> {
  readonly name: string;
  readonly description: string;
  readonly parameters: S;
  readonly parallel?: boolean;
  /** False for a name that is answered but not offered. */
  readonly advertised?: boolean;
  run(args: Infer<S>, ctx: ToolContext): Promise<ToolOutput> | ToolOutput;
}

/** Binds a schema to the handler that takes what the schema describes. */
export function defineTool<S extends ParameterSchema>(tool: ToolDefinition<S>): Tool {
  const { name, description, parameters, parallel = false, advertised = true } = tool;
  let spec: FunctionToolSpec | undefined;
  return {
    name,
    kind: "function",
    parallel,
    /** Made once, for whoever asks: of a built-in tool it stands in a file. */
    get spec(): FunctionToolSpec | undefined {
      if (!advertised) return undefined;
      return spec ??= {
        type: "function",
        name,
        description,
        strict: false,
        parameters: toWireSchema(parameters),
      };
    },
    handle: async (input, ctx) => await tool.run(parseArguments(parameters, input), ctx),
  };
}

/** A free-form tool: its input is text of a grammar, not JSON. */
export function defineCustomTool(
  tool: Omit<CustomToolSpec, "type"> & {
    readonly parallel?: boolean;
    run(input: string, ctx: ToolContext): Promise<ToolOutput> | ToolOutput;
  },
): Tool {
  const { name, description, format, parallel = false } = tool;
  return {
    name,
    kind: "custom",
    parallel,
    spec: { type: "custom", name, description, format },
    handle: async (input, ctx) => await tool.run(input, ctx),
  };
}
