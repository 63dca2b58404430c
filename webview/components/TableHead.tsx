export interface TableHeadProps {
  readonly titles: readonly string[];
  /** The last column holds buttons, which need no title to be seen. */
  readonly actions?: boolean;
}

/** The headings of a table's columns. */
export function TableHead({ titles, actions = false }: TableHeadProps) {
  return (
    <thead>
      <tr>
        {titles.map((title) => (
          <th scope="col" key={title}>
            {title}
          </th>
        ))}
        {actions && (
          <th scope="col">
            <span class="visually-hidden">Actions</span>
          </th>
        )}
      </tr>
    </thead>
  );
}
