import { type Content, html, type Html } from './html.ts'

/** A column: its heading, and whether it holds numbers. */
export interface Column {
  readonly heading: Content
  readonly isNumeric?: boolean
}

/** Columns under one heading, as those of a metric are. */
export interface ColumnGroup {
  readonly heading: Content
  readonly columns: readonly Column[]
}

/** A table that scrolls sideways where it is wider than the page. Columns outside of groups come first. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
  groups: readonly ColumnGroup[] = [],
): Html {
  const all = [...columns, ...groups.flatMap((group) => group.columns)]
  const classOf = (column: Column | undefined) => (column?.isNumeric === true ? html` class="number"` : undefined)
  const head =
    groups.length > 0 &&
    html`<tr>
      <td colspan="${columns.length}"></td>
      ${groups.map((group) => html`<th colspan="${group.columns.length}" scope="colgroup">${group.heading}</th>`)}
    </tr>`
  return html`<div class="scroll" tabindex="0">
    <table>
      <thead>
        ${head}
        <tr>
          ${all.map((column) => html`<th${classOf(column)} scope="col">${column.heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, at) => html`<td${classOf(all[at])}>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div> `
}

/** Pairs of a name and what it is. */
export function pairs(list: readonly (readonly [name: Content, value: Content])[]): Html {
  return html`<dl>
    ${list.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div> `,
    )}
  </dl> `
}
