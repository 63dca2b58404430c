import type { Block, Table } from "./document.ts";

/** The report as GitHub-flavoured Markdown, with the charts as files beside it. */
export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(block).join("\n\n")}\n`;
}

function block(one: Block): string {
  switch (one.kind) {
    case "heading":
      return `${"#".repeat(one.level)} ${escapeMarkdown(one.text)}`;
    case "paragraph":
      return escapeMarkdown(one.text);
    case "notice":
      return `> **Note.** ${escapeMarkdown(one.text)}`;
    case "list":
      return one.items.map((item) => `- ${escapeMarkdown(item)}`).join("\n");
    case "figures":
      return one.figures
        .map(({ name, title }) => `![${escapeMarkdown(title)}](charts/${encodeURIComponent(name)}.svg)`)
        .join("\n\n");
    case "table":
      return tableOf(one);
  }
}

function tableOf({ caption, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  return [
    `**${escapeMarkdown(caption)}**`,
    "",
    line(head),
    `|${head.map(() => " --- |").join("")}`,
    ...rows.map(line),
  ].join("\n");
}

/** Text that Markdown shows as it is, on one line. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/\p{Cc}+/gu, " ")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replace(/[\\`*_{}[\]#|~!$]/g, "\\$&")
      // A list, a quotation or a heading's underline would start here.
      .replace(/^(\s*)([-+=]|\d+(?=[.)]))/, (_, space: string, mark: string) =>
        /\d/.test(mark) ? `${space}${mark}\u2060` : `${space}\\${mark}`,
      )
      // A bare address would become a link.
      .replace(/(https?|ftp|www)(?=[:.])/gi, "$1\u2060")
  );
}
