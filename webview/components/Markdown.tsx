import { createContext, type ComponentChildren } from "preact";
import { useContext } from "preact/hooks";

/** What the text refers to. */
export interface MarkdownTargets {
  /** Addresses of pictures by the name that the text gives them; others are named by their text. */
  readonly pictures: Readonly<Record<string, string>>;
  /** What a link to something beside the text becomes; undefined leaves its text. */
  readonly link: (target: string, text: string) => ComponentChildren;
}

const Targets = createContext<MarkdownTargets>({ pictures: {}, link: () => undefined });

/**
 * The Markdown of model cards: headings, paragraphs, lists, tables, `code`, **strong**, links and pictures. Everything else
 * is text as it stands; nothing in it becomes markup.
 */
export function Markdown({ text, targets }: { readonly text: string; readonly targets: MarkdownTargets }) {
  const blocks = text.split(/\n{2,}/).map((block) => block.trim());
  return (
    <Targets.Provider value={targets}>
      <div class="markdown">{blocks.filter((block) => block !== "").map(renderBlock)}</div>
    </Targets.Provider>
  );
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
  return text
    .split(/(`[^`]+`|\*\*[^*]+\*\*|!?\[[^\]]*\]\([^)\s]+\)|https?:\/\/[^\s<>)\]]+[\w/])/)
    .map((part, i) => {
      if (part.startsWith("`") && part.length > 1) return <code key={i}>{part.slice(1, -1)}</code>;
      if (part.startsWith("**") && part.length > 3) return <strong key={i}>{part.slice(2, -2)}</strong>;
      if (/^https?:\/\//.test(part)) return <Outside key={i} address={part} text={part} />;
      const [, mark, words = "", target = ""] = /^(!?)\[([^\]]*)\]\(([^)\s]+)\)$/.exec(part) ?? [];
      if (mark === "!") return <Picture key={i} name={target} text={words} />;
      return mark === undefined ? part : <Link key={i} target={target} text={words} />;
    });
}

function Picture({ name, text }: { readonly name: string; readonly text: string }) {
  const { pictures } = useContext(Targets);
  const address = Object.hasOwn(pictures, name) ? pictures[name] : undefined;
  return address === undefined ? <>{text}</> : <img alt={text} src={address} />;
}

function Link({ target, text }: { readonly target: string; readonly text: string }) {
  const { link } = useContext(Targets);
  if (/^https?:\/\//.test(target)) return <Outside address={target} text={text} />;
  return <>{link(target, text) ?? text}</>;
}

/** Opens beside the page; VS Code opens it in the browser. */
function Outside({ address, text }: { readonly address: string; readonly text: string }) {
  return (
    <a href={address} target="_blank" rel="noreferrer">
      {text}
    </a>
  );
}
