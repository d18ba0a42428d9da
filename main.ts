/** decodex: the first argument chooses the command, and only that is loaded. */

if (import.meta.main) {
  const [first] = Deno.args;
  if (Deno.args.length === 1 && (first === "--version" || first === "-V")) {
    const { VERSION } = await import("./src/cli/version.ts");
    const { say } = await import("./src/cli/say.ts");
    Deno.exit(say(`decodex ${VERSION}`));
  } else if (first === "__host" || first === "__exec") {
    const { runHidden } = await import("./src/cli/commands/hidden.ts");
    Deno.exit(await runHidden(first));
  } else {
    const { main } = await import("./src/cli/main.ts");
    Deno.exit(await main(Deno.args));
  }
}
