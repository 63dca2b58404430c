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
      return escapeLine(one.text);
    case "notice":
      return `> **Note.** ${escapeMarkdown(one.text)}`;
    case "list":
      return one.items.map((item) => `- ${escapeLine(item)}`).join("\n");
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

/** Text that Markdown shows as it is, on one line, inside a line. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/\p{Cc}+/gu, " ")
      .replace(/&(?=[#\w])/g, "&amp;")
      .replace(/<(?=[a-z/!?])/gi, "&lt;")
      .replace(/[\\`*{}[\]|~]/g, "\\$&")
      // Inside a word an underscore is only that.
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "\\_")
  );
}

/** The same at the start of a line, where a list, a heading or a quotation could begin. */
function escapeLine(text: string): string {
  return escapeMarkdown(text)
    .replace(/^\s*(?=[-+=#>])/, "\\")
    .replace(/^\s*(\d+)(?=[.)]\s)/, "$1\\");
}
