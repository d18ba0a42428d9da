/** Runs the end-to-end tests against every form of the program, as `deno task test:forms`. */

import { type Form, FORM_VARIABLE } from "../tests/support/form.ts";
import { buildForms } from "./build/forms.ts";

const ROOT = new URL("..", import.meta.url);
const TESTS = "tests/e2e";

/** What a test file does that starts the program in whichever form is asked for. */
const IMPORT = 'from "../support/program.ts"';

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(names: readonly string[]): Promise<number> {
  await using forms = await buildForms();
  for (const { name, reason } of forms.skipped) console.log(`skipped: the ${name} form: ${reason}`);
  const wanted = forms.built.filter(({ name }) => names.length === 0 || names.includes(name));
  const files = await testFiles();
  let isFine = true;
  for (const form of wanted) {
    console.log(`\n== ${form.name}: ${form.command.join(" ")}`);
    isFine = await test(form, files) && isFine;
  }
  return isFine ? 0 : 1;
}

async function testFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(new URL(TESTS, ROOT))) {
    if (!name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(new URL(`${TESTS}/${name}`, ROOT));
    if (text.includes(IMPORT)) files.push(`${TESTS}/${name}`);
  }
  return files.sort();
}

async function test(form: Form, files: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-prompt", "--parallel", "-A", ...files],
    cwd: ROOT,
    env: { [FORM_VARIABLE]: JSON.stringify(form) },
    stdin: "null",
  }).spawn().status;
  return success;
}
