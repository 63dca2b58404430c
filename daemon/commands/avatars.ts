import { Command } from "commander";
import { sayMoves } from "../../shared/avatarText.ts";
import { loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";
import { printJson, printTable } from "./output.ts";

interface ImportOptions {
  name?: string;
  replace?: true;
}

/** `edin avatars list | import FILE | remove NAME`. */
export function avatarsCommand(): Command {
  const command = new Command("avatars").description("The characters that faces move, and your own.");
  command
    .command("list")
    .description("List them.")
    .option("--json", "print JSON")
    .action((options: { json?: true }) => list(options));
  command
    .command("import")
    .description(
      "Take a head with ARKit's blend shapes or a VRM's expressions (.glb, .vrm), or a picture of one face, among your avatars.",
    )
    .argument("<file>", "a .glb, a .vrm or a picture", toAbsolute)
    .option("--name <name>", "what to call it (default: as the file)")
    .option("--replace", "put it in the place of one of yours with the same name")
    .action(importFrom);
  command
    .command("remove")
    .description("Remove an avatar that you imported.")
    .argument("<name>", "as `edin avatars list` has it")
    .action(remove);
  return command;
}

async function list({ json }: { json?: true }): Promise<void> {
  const { listAvatars } = await import("../avatar/library.ts");
  const avatars = await listAvatars(loadConfig());
  if (json) {
    printJson({ avatars: avatars.map(({ name, kind, origin }) => ({ name, kind, origin })) });
    return;
  }
  printTable(
    ["NAME", "KIND", "FROM"],
    avatars.map(({ name, kind, origin }) => [name, kind, origin === "user" ? "you" : "EDIN"]),
  );
}

async function importFrom(file: string, options: ImportOptions): Promise<void> {
  const [{ importAvatar }, { openModels }] = await Promise.all([
    import("../avatar/importAvatar.ts"),
    import("../inference/models.ts"),
  ]);
  await using models = await openModels(loadConfig());
  const { name, kind, moves } = await importAvatar(file, {
    models,
    name: options.name,
    replace: options.replace === true,
  });
  const lacks = sayMoves(moves);
  process.stdout.write(
    `Imported the ${kind} ${name}. Use it: edin analyze CLIP --pipeline avatar --avatar ${name}\n${lacks && `${lacks} \`edin evaluate avatar SET --avatar ${name}\` measures how much.\n`}`,
  );
}

async function remove(name: string): Promise<void> {
  const { removeAvatar } = await import("../avatar/importAvatar.ts");
  await removeAvatar({ folders: loadConfig() }, name);
  process.stdout.write(`Removed ${name}.\n`);
}
