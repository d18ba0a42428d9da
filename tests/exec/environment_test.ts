/** What commands see of the environment: every part of the policy, and names that were made up to break it. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { commandEnvironment } from "../../src/exec/environment.ts";
import type { ShellEnvironmentPolicy } from "../../src/protocol/environment.ts";
import { PLAIN_POLICY } from "./workspace.ts";

/** What every command gets, whatever the policy says. */
const ADDED = {
  NO_COLOR: "1",
  TERM: "dumb",
  LANG: "C.UTF-8",
  LC_CTYPE: "C.UTF-8",
  LC_ALL: "C.UTF-8",
  COLORTERM: "",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GH_PAGER: "cat",
  CODEX_CI: "1",
  CODEX_THREAD_ID: "t",
  EDITOR: "true",
  VISUAL: "true",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "true",
  MANPAGER: "cat",
  SYSTEMD_PAGER: "cat",
  AWS_PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  GCM_INTERACTIVE: "never",
  GH_PROMPT_DISABLED: "1",
  PIP_NO_INPUT: "1",
  GIT_ASKPASS: "",
  SSH_ASKPASS_REQUIRE: "never",
  DEBIAN_FRONTEND: "noninteractive",
};

interface Case {
  readonly environment: Readonly<Record<string, string>>;
  readonly policy?: Partial<ShellEnvironmentPolicy>;
  readonly secretNames?: readonly string[];
}

function environmentOf({ environment, policy, secretNames = [] }: Case): Record<string, string> {
  return commandEnvironment({
    environment,
    policy: { ...PLAIN_POLICY, ...policy },
    secretNames,
    threadId: "t",
  });
}

const OWN = {
  PATH: "/bin",
  HOME: "/h",
  LOGNAME: "me",
  tmp: "/t",
  Username: "me",
  SHLVL: "2",
  MY_TOKEN: "1",
  Api_Key: "2",
  clientsecret: "3",
  MONKEY: "4",
  PROVIDER_KEY: "5",
};
const { PATH, HOME, LOGNAME, tmp, Username, SHLVL, MY_TOKEN, Api_Key, clientsecret, MONKEY } = OWN;
const CORE = { PATH, HOME, LOGNAME, tmp, Username };
const SECRET = { MY_TOKEN, Api_Key, clientsecret, MONKEY };

/** The steps in their order: inherit, the default excludes, exclude, set, include_only. */
const POLICIES: readonly [string, Partial<ShellEnvironmentPolicy>, Record<string, string>][] = [
  ["all of it, but for the provider's key", {}, { ...CORE, SHLVL, ...SECRET }],
  ["names like secrets, in any case", { ignore_default_excludes: false }, { ...CORE, SHLVL }],
  ["core names, in any case", { inherit: "core" }, CORE],
  ["nothing", { inherit: "none" }, {}],
  ["excluded globs, in any case", { inherit: "core", exclude: ["lOg*", "?ome", "T?P"] }, {
    PATH,
    Username,
  }],
  ["a glob is for the whole name", { inherit: "core", exclude: ["OM", "PAT", "ATH", "?"] }, CORE],
  ["an excluded empty glob", { inherit: "core", exclude: [""] }, CORE],
  ["everything excluded", { exclude: ["*"] }, {}],
  ["stars meet nothing, too", { inherit: "core", exclude: ["*PATH*", "**H*E**"] }, {
    LOGNAME,
    tmp,
    Username,
  }],
  ["no class and no regular expression", {
    inherit: "core",
    exclude: ["[A-Z]*", "HOME|PATH", "H.ME", "^PATH$", "(HOME)"],
  }, CORE],
  ["only what is included", { include_only: ["P*", "*_token"] }, { PATH, MY_TOKEN }],
  [
    "included names pass the default excludes first",
    { ignore_default_excludes: false, include_only: ["PATH", "*TOKEN"] },
    { PATH },
  ],
  ["an excluded name is not included again", { exclude: ["PATH"], include_only: ["PATH"] }, {}],
  ["what is set", { inherit: "none", set: { A: "1", B: "" } }, { A: "1", B: "" }],
  ["what is set over what is inherited", { inherit: "core", set: { HOME: "/x" } }, {
    ...CORE,
    HOME: "/x",
  }],
  [
    "what is set after the excludes",
    {
      inherit: "none",
      ignore_default_excludes: false,
      exclude: ["B*"],
      set: { A_KEY: "1", B: "2" },
    },
    { A_KEY: "1", B: "2" },
  ],
  ["what is set before include_only", { set: { A: "1", B: "2" }, include_only: ["b"] }, { B: "2" }],
  ["what is set over what is added", { inherit: "none", set: { PAGER: "less", EDITOR: "ed" } }, {
    PAGER: "less",
    EDITOR: "ed",
  }],
  ["a key that is set", { inherit: "none", set: { PROVIDER_KEY: "6" } }, {}],
  ["a key that is included", { include_only: ["PROVIDER_KEY"] }, {}],
];

for (const [name, policy, expected] of POLICIES) {
  Deno.test(`commandEnvironment() knows ${name}`, () => {
    deepStrictEqual(
      environmentOf({ environment: OWN, policy, secretNames: ["PROVIDER_KEY"] }),
      { ...ADDED, ...expected },
    );
  });
}

Deno.test("a user's editor and pager would wait for the user; their way to a password need not", () => {
  const environment = {
    EDITOR: "vim",
    VISUAL: "code --wait",
    GIT_EDITOR: "vim",
    MANPAGER: "less",
    GIT_TERMINAL_PROMPT: "1",
    GIT_ASKPASS: "/bin/token",
    DEBIAN_FRONTEND: "readline",
    GIT_SSH_COMMAND: "ssh -i key",
  };
  const { GIT_ASKPASS, DEBIAN_FRONTEND, GIT_SSH_COMMAND } = environment;
  deepStrictEqual(
    environmentOf({ environment }),
    { ...ADDED, GIT_ASKPASS, DEBIAN_FRONTEND, GIT_SSH_COMMAND },
  );
});

Deno.test("names and values that no process can have do not fail every command", () => {
  const set = { "": "a", "A=B": "b", "=": "c", "C\0D": "d", E: "e\0f", G: "g" };
  deepStrictEqual(environmentOf({ environment: {}, policy: { set } }), { ...ADDED, G: "g" });
});

Deno.test("names of what every object has are names like others", () => {
  const environment = JSON.parse('{"__proto__":"1","constructor":"2","toString":"3"}');
  const set = JSON.parse('{"__proto__":"4","hasOwnProperty":"5"}');
  const all = environmentOf({ environment, policy: { set } });
  deepStrictEqual(
    Object.entries(all).filter(([name]) => !Object.hasOwn(ADDED, name)).sort(),
    [["__proto__", "4"], ["constructor", "2"], ["hasOwnProperty", "5"], ["toString", "3"]],
  );
  deepStrictEqual(environmentOf({ environment, policy: { exclude: ["*o*"] } }), ADDED);
});

Deno.test("commandEnvironment() answers a glob of many stars at once", () => {
  const name = "A".repeat(200);
  const policy = { exclude: [`${"*a".repeat(60)}*b`] };
  strictEqual(environmentOf({ environment: { [name]: "1" }, policy })[name], "1");
});
