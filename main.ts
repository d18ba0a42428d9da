/** decodex: the first argument chooses the command, and only that is loaded. */

if (import.meta.main) {
  const [first] = Deno.args;
  if (Deno.args.length === 1 && (first === "--version" || first === "-V")) {
    const { VERSION } = await import("./src/cli/version.ts");
    console.log(`decodex ${VERSION}`);
  } else {
    const { main } = await import("./src/cli/main.ts");
    Deno.exit(await main(Deno.args));
  }
}
