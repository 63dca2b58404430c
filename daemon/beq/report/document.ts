/** A report as blocks of plain text; the renderers alone know how a format escapes it. */
export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  /** Something that the reader must not miss. */
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | Table
  | { readonly kind: "figures"; readonly figures: readonly Figure[] };

export interface Table {
  readonly kind: "table";
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A chart; its file is `charts/<name>.svg`. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

export const heading = (level: 1 | 2 | 3, text: string): Block => ({ kind: "heading", level, text });
export const paragraph = (text: string): Block => ({ kind: "paragraph", text });
export const notice = (text: string): Block => ({ kind: "notice", text });
export const list = (items: readonly string[]): Block => ({ kind: "list", items });
export const figures = (all: readonly Figure[]): Block => ({ kind: "figures", figures: all });
export const table = (
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Table => ({ kind: "table", caption, head, rows });
