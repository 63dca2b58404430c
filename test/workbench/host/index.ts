import Mocha from "mocha";

/** The suite that VS Code runs in its extension host; bundled with its tests into one file. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ timeout: 240_000, reporter: "spec" });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await import("./extension.test.ts");
  await import("./files.test.ts");
  await import("./labels.test.ts");
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
