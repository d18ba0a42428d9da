/** Tests of src/config/home.ts and dotenv.ts. */

import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { loadDotenv, readDotenv } from "../../src/config/dotenv.ts";
import { codexHome } from "../../src/config/home.ts";
import { makeCodexHome, resolveIn } from "./codex_home.ts";

Deno.test("codexHome() is CODEX_HOME, else below HOME, else nothing", async () => {
  await using home = await makeCodexHome();
  deepStrictEqual(codexHome({ CODEX_HOME: home.path, HOME: "/x" }), home.path);
  deepStrictEqual(codexHome({ CODEX_HOME: "", HOME: "/x/" }), "/x/.codex");
  deepStrictEqual(codexHome({ HOME: "" }), undefined);
  deepStrictEqual(codexHome({}), undefined);
});

Deno.test("codexHome() refuses a CODEX_HOME that is no folder", async () => {
  await using home = await makeCodexHome({ file: "" });
  for (const path of [`${home.path}/none`, `${home.path}/file`]) {
    throws(() => codexHome({ CODEX_HOME: path }), {
      name: "ConfigError",
      message: `Cannot use CODEX_HOME="${path}": it is no folder; create it or unset the variable`,
    });
  }
});

Deno.test("without any home the defaults hold", async () => {
  deepStrictEqual(await loadDotenv(undefined), { values: {}, warnings: [] });
  deepStrictEqual((await resolveIn(undefined)).config.provider.bearerToken, "sk-env");
});

Deno.test("readDotenv() refuses the names that decide what is run", async () => {
  const refused = [
    "CODEX_HOME",
    "codex_api_key",
    "PATH",
    "Path",
    "HOME",
    "LD_PRELOAD",
    "DYLD_INSERT_LIBRARIES",
  ];
  const text = [...refused, "MY_PATH", "HOMEPAGE", "OPENAI_API_KEY", "HTTPS_PROXY"]
    .map((name) => `${name}=v`).join("\n");
  deepStrictEqual(await readDotenv(`\uFEFF${text}`, "/h/.env"), {
    values: { MY_PATH: "v", HOMEPAGE: "v", OPENAI_API_KEY: "v", HTTPS_PROXY: "v" },
    warnings: refused.map((name) => `"/h/.env" may not set ${name}; the line is ignored`),
  });
});

Deno.test("loadDotenv() is silent about a missing file and tells of one it cannot read", async () => {
  await using home = await makeCodexHome();
  deepStrictEqual(await loadDotenv(home.path), { values: {}, warnings: [] });
  await Deno.mkdir(`${home.path}/.env`);
  const { values, warnings } = await loadDotenv(home.path);
  deepStrictEqual([values, warnings.length], [{}, 1]);
  ok(warnings[0]?.startsWith(`Cannot read "${home.path}/.env": `));
});

Deno.test("loadDotenv() reads values as they stand and runs nothing", async () => {
  await using home = await makeCodexHome({ ".env": "A=$(touch x)\nB=`id`\n" });
  deepStrictEqual((await loadDotenv(home.path)).values, { A: "$(touch x)", B: "`id`" });
});
