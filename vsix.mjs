// Writes a .vsix: a zip of the extension's files with the two XML files that VS Code reads.
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { escapeXml } from "./shared/text/escapeXml.ts";

/** The same files make the same package, in whatever time zone: every entry is of the first day that a zip can tell. */
const dated = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true };

/**
 * @param {string} target file to write
 * @param {Record<string, any>} manifest package.json of the extension
 * @param {string} platform such as `linux-x64`
 * @param {readonly {name: string, file?: string, content?: string}[]} files by their name inside the extension
 * @returns bytes of the package
 */
export async function writeVsix(target, manifest, platform, files) {
  const zip = new ZipFile();
  const addText = (name, text) => zip.addBuffer(Buffer.from(text), name, { ...dated, mode: 0o100644 });
  addText("[Content_Types].xml", contentTypes(files));
  addText("extension.vsixmanifest", vsixManifest(manifest, platform));
  for (const { name, file, content } of files) {
    if (content !== undefined) addText(`extension/${name}`, content);
    else {
      const executable = ((await stat(file)).mode & 0o111) !== 0;
      zip.addFile(file, `extension/${name}`, { ...dated, mode: executable ? 0o100755 : 0o100644 });
    }
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target));
  return (await stat(target)).size;
}

function contentTypes(files) {
  const known = { ".json": "application/json", ".vsixmanifest": "text/xml" };
  const extensions = new Set(files.map(({ name }) => path.posix.extname(name)).filter((ext) => ext !== ""));
  const defaults = [...extensions, ".vsixmanifest"].map(
    (ext) =>
      `<Default Extension="${escapeXml(ext)}" ContentType="${known[ext] ?? "application/octet-stream"}"/>`,
  );
  // A name without an extension needs an entry of its own.
  const overrides = files
    .filter(({ name }) => path.posix.extname(name) === "")
    .map(
      ({ name }) =>
        `<Override PartName="/extension/${escapeXml(name)}" ContentType="application/octet-stream"/>`,
    );
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${[...new Set(defaults), ...overrides].join("")}</Types>`;
}

function vsixManifest(
  { name, publisher, version, displayName, description, engines, extensionKind, categories },
  platform,
) {
  const property = (id, value) => `<Property Id="Microsoft.VisualStudio.${id}" Value="${escapeXml(value)}"/>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
<Metadata>
<Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}" TargetPlatform="${platform}"/>
<DisplayName>${escapeXml(displayName)}</DisplayName>
<Description xml:space="preserve">${escapeXml(description)}</Description>
<Categories>${escapeXml(categories.join(","))}</Categories>
<Properties>${property("Code.Engine", engines.vscode)}${property("Code.ExtensionKind", extensionKind.join(","))}</Properties>
<License>extension/LICENSE</License>
<Icon>extension/extension/media/icon.png</Icon>
</Metadata>
<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
<Dependencies/>
<Assets>
<Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
<Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
<Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE" Addressable="true"/>
<Asset Type="Microsoft.VisualStudio.Services.Icons.Default" Path="extension/extension/media/icon.png" Addressable="true"/>
</Assets>
</PackageManifest>`;
}
