import type { ReactNode } from "react";

export interface Column {
  readonly title: ReactNode;
  /** A CSS width; the rest is shared. */
  readonly width?: string;
  readonly end?: boolean;
}

/** A table with fixed columns; `children` are its rows. */
export function Table({
  name,
  columns,
  size = "medium",
  children,
}: {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly size?: "small" | "medium";
  readonly children: ReactNode;
}) {
  return (
    <table className={`table ${size === "small" ? "table-small" : ""}`} aria-label={name}>
      <colgroup>
        {columns.map((column, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- columns never move
          <col key={index} style={column.width === undefined ? undefined : { width: column.width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- columns never move
            <th key={index} scope="col" className={column.end === true ? "end" : undefined}>
              {column.title === "" ? <span className="visually-hidden">Actions</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
