import type { CaseResult } from './bench-case.ts'

/** One case as an aligned table for a terminal. */
export function resultTable({ name, unit, sides }: CaseResult): string {
  const header = ['side', `${unit}/s (median)`, 'min', 'max', 'ratio']
  const rows = sides.map((side) => [
    side.name,
    integer(side.median),
    integer(side.min),
    integer(side.max),
    side.ratio.toFixed(2),
  ])
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]!.length)))
  const lines = [header, ...rows].map((cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('   '),
  )
  return [name, ...lines.map((line) => `  ${line}`)].join('\n')
}

function integer(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
