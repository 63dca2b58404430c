import { drawChart } from "../../../shared/charts/drawChart.ts";
import { escapeXml } from "../../../shared/text/escapeXml.ts";
import type { Block, Table } from "./document.ts";

/**
 * The report as one file: charts inside, no script, nothing fetched. Readable in light and dark, and on paper.
 */
export function toHtml(title: string, blocks: readonly Block[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${blocks.map(block).join("\n")}
</main>
</body>
</html>
`;
}

function block(one: Block): string {
  switch (one.kind) {
    case "heading":
      return `<h${one.level}>${escapeXml(one.text)}</h${one.level}>`;
    case "paragraph":
      return `<p>${escapeXml(one.text)}</p>`;
    case "notice":
      return `<p class="notice"><strong>Note.</strong> ${escapeXml(one.text)}</p>`;
    case "list":
      return `<ul>${one.items.map((item) => `<li>${escapeXml(item)}</li>`).join("")}</ul>`;
    case "figures":
      return `<div class="figures">${one.figures.map(({ chart }) => `<figure>${drawChart(chart).trim()}</figure>`).join("")}</div>`;
    case "table":
      return tableOf(one);
  }
}

function tableOf({ caption, head, rows }: Table): string {
  const first = (cell: string) => `<th scope="row">${escapeXml(cell)}</th>`;
  const other = (cell: string) => `<td>${escapeXml(cell)}</td>`;
  const body = rows.map(
    (cells) => `<tr>${cells.map((cell, i) => (i === 0 ? first(cell) : other(cell))).join("")}</tr>`,
  );
  const top = head.map((cell) => `<th scope="col">${escapeXml(cell)}</th>`).join("");
  return `<div class="wide" role="region" aria-label="${escapeXml(caption)}" tabindex="0"><table><caption>${escapeXml(caption)}</caption><thead><tr>${top}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

const style = `
:root{--ink:#1f2328;--muted:#59636e;--rule:#d1d9e0;--page:#fff;--stripe:#f6f8fa;--notice:#fff8c5;--notice-rule:#9a6700}
@media screen and (prefers-color-scheme:dark){:root{--ink:#f0f6fc;--muted:#a5adb8;--rule:#3d444d;--page:#0d1117;--stripe:#151b23;--notice:#2b2205;--notice-rule:#d29922}}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.7rem;margin:.5rem 0 1rem;line-height:1.25}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--rule)}
h3{font-size:1.05rem;margin:1.4rem 0 .4rem}
p,ul{max-width:48rem;overflow-wrap:anywhere}
.notice{background:var(--notice);border-left:4px solid var(--notice-rule);padding:.6rem .8rem}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;white-space:nowrap;font-weight:600;padding:.2rem 0 .4rem}
th,td{padding:.3rem .7rem;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
thead th{border-bottom:2px solid var(--rule);color:var(--muted);font-weight:600}
tbody th{font-weight:400}
tbody tr:nth-child(even){background:var(--stripe)}
.figures{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}
figure{margin:0;border:1px solid var(--rule);box-sizing:border-box;max-width:100%}
figure svg{display:block;max-width:100%;height:auto}
@media print{main{padding:0;max-width:none}body{font-size:10pt}h2{break-after:avoid}figure,tr{break-inside:avoid}.wide{overflow:visible}table{font-size:8pt}caption{white-space:normal}}
`;
