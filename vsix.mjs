// Writes a .vsix: a zip of the extension's files with the two XML files that VS Code reads.
import { open, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";

const deflate = promisify(zlib.deflateRaw);

/**
 * @param {string} target file to write
 * @param {Record<string, any>} manifest package.json of the extension
 * @param {string} platform such as `linux-x64`
 * @param {readonly {name: string, file?: string, content?: string}[]} files by their name inside the extension
 */
export async function writeVsix(target, manifest, platform, files) {
  const zip = new ZipWriter(await open(target, "w"));
  await zip.add("[Content_Types].xml", Buffer.from(contentTypes(files)));
  await zip.add("extension.vsixmanifest", Buffer.from(vsixManifest(manifest, platform)));
  for (const { name, file, content } of files) {
    const executable = file !== undefined && ((await stat(file)).mode & 0o111) !== 0;
    await zip.add(
      `extension/${name}`,
      content === undefined ? await readFile(file) : Buffer.from(content),
      executable,
    );
  }
  return zip.close();
}

/** Deflated entries one after another; no file is over 4 GB, so no zip64. */
class ZipWriter {
  #handle;
  #offset = 0;
  #directory = [];

  constructor(handle) {
    this.#handle = handle;
  }

  async add(name, content, executable = false) {
    const data = await deflate(content, { level: 6 });
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0); // version needed
    fields.writeUInt16LE(0x0800, 2); // names are UTF-8
    fields.writeUInt16LE(8, 4); // deflate
    fields.writeUInt32LE(0x00210000, 6); // 1980-01-01: the same files make the same package
    fields.writeUInt32LE(zlib.crc32(content), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const mode = (0o100000 | (executable ? 0o755 : 0o644)) * 0x10000;
    this.#directory.push({ name, fields, mode, offset: this.#offset });
    await this.#write(Buffer.from("PK\x03\x04", "latin1"), fields, Buffer.from(name), data);
  }

  async close() {
    const start = this.#offset;
    for (const { name, fields, mode, offset } of this.#directory) {
      const tail = Buffer.alloc(14);
      tail.writeUInt32LE(mode, 6);
      tail.writeUInt32LE(offset, 10);
      const made = Buffer.from([20, 3]); // by unix: the mode counts
      await this.#write(Buffer.from("PK\x01\x02", "latin1"), made, fields, tail, Buffer.from(name));
    }
    const end = Buffer.alloc(18);
    end.writeUInt16LE(this.#directory.length, 4);
    end.writeUInt16LE(this.#directory.length, 6);
    end.writeUInt32LE(this.#offset - start, 8);
    end.writeUInt32LE(start, 12);
    await this.#write(Buffer.from("PK\x05\x06", "latin1"), end);
    await this.#handle.close();
    return this.#offset;
  }

  async #write(...parts) {
    for (const part of parts) {
      await this.#handle.write(part);
      this.#offset += part.length;
    }
  }
}

function contentTypes(files) {
  const known = { ".json": "application/json", ".vsixmanifest": "text/xml" };
  const extensions = new Set(files.map(({ name }) => path.posix.extname(name)).filter((ext) => ext !== ""));
  const defaults = [...extensions, ".vsixmanifest"].map(
    (ext) =>
      `<Default Extension="${escape(ext)}" ContentType="${known[ext] ?? "application/octet-stream"}"/>`,
  );
  // A name without an extension needs an entry of its own.
  const overrides = files
    .filter(({ name }) => path.posix.extname(name) === "")
    .map(
      ({ name }) =>
        `<Override PartName="/extension/${escape(name)}" ContentType="application/octet-stream"/>`,
    );
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${[...new Set(defaults), ...overrides].join("")}</Types>`;
}

function vsixManifest(
  { name, publisher, version, displayName, description, engines, extensionKind, categories },
  platform,
) {
  const property = (id, value) => `<Property Id="Microsoft.VisualStudio.${id}" Value="${escape(value)}"/>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
<Metadata>
<Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}" TargetPlatform="${platform}"/>
<DisplayName>${escape(displayName)}</DisplayName>
<Description xml:space="preserve">${escape(description)}</Description>
<Categories>${escape(categories.join(","))}</Categories>
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

function escape(text) {
  return text.replace(/[<>&"]/g, (c) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[c]);
}
