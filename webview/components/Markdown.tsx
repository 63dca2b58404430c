import type { ComponentChildren } from "preact";

/**
 * The Markdown of model cards: headings, paragraphs, lists, tables, `code` and **strong**. Everything else is text as it
 * stands; nothing in it becomes markup.
 */
export function Markdown({ text }: { readonly text: string }) {
  const blocks = text.split(/\n{2,}/).map((block) => block.trim());
  return <div class="markdown">{blocks.filter((block) => block !== "").map(renderBlock)}</div>;
}

function renderBlock(block: string, key: number): ComponentChildren {
  const lines = block.split("\n");
  const [, marks, title] = /^(#+) (.*)$/.exec(lines[0]!) ?? [];
  if (marks !== undefined && title !== undefined) {
    const rest = lines.slice(1).join("\n").trim();
    return (
      <section key={key}>
        <h3>{inline(title)}</h3>
        {rest !== "" && renderBlock(rest, 0)}
      </section>
    );
  }
  if (lines.every((line) => line.startsWith("|"))) return <Table key={key} lines={lines} />;
  if (/^[-*] /.test(lines[0]!))
    return (
      <ul key={key}>
        {block.split(/\n(?=[-*] )/).map((item, i) => (
          <li key={i}>{inline(item.slice(2))}</li>
        ))}
      </ul>
    );
  return <p key={key}>{inline(block)}</p>;
}

function Table({ lines }: { readonly lines: readonly string[] }) {
  const rows = lines.filter((line) => !/^[|\s:-]+$/.test(line)).map(cells);
  const [head, ...body] = rows;
  return (
    <table>
      <thead>
        <tr>
          {head?.map((cell, i) => (
            <th key={i} scope="col">
              {inline(cell)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {body.map((row, i) => (
          <tr key={i}>
            {row.map((cell, k) => (
              <td key={k}>{inline(cell)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function cells(line: string): string[] {
  return line
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());
}

function inline(text: string): ComponentChildren {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, i) => {
    if (part.startsWith("`") && part.length > 1) return <code key={i}>{part.slice(1, -1)}</code>;
    if (part.startsWith("**") && part.length > 3) return <strong key={i}>{part.slice(2, -2)}</strong>;
    return part;
  });
}
