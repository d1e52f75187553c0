import type { CaseResult, VariantResult, Verdict } from './bench-case.ts'

/** One case as aligned tables for a terminal. */
export function resultTable({ name, what, variants, verdicts, seconds }: CaseResult): string {
  const lines = [`${name}: ${what} (${seconds.toFixed(0)} s)`]
  for (const variant of variants) lines.push('', ...variantLines(variant))
  if (verdicts.length > 0) lines.push('', ...verdicts.map((verdict) => verdictLine(verdict)))
  return lines.join('\n')
}

/** All targets of all cases at a glance, and how many of them are reached. */
export function summaryLines(results: readonly CaseResult[]): readonly string[] {
  const verdicts = results.flatMap(({ verdicts: all }) => all).filter(({ reached }) => reached !== undefined)
  if (verdicts.length === 0) return []
  const reached = verdicts.filter((verdict) => verdict.reached).length
  const ofCase = ({ name, verdicts: all }: CaseResult): readonly string[] =>
    all.filter((verdict) => verdict.reached !== undefined).map((verdict) => verdictLine(verdict, name))
  return [`${reached} of ${verdicts.length} targets reached`, ...results.flatMap(ofCase)]
}

/** The targets of all cases as a table of Markdown. */
export function markdownTable(results: readonly CaseResult[]): string {
  const rows = results.flatMap(({ name, verdicts }) =>
    verdicts.map(({ what, figure, unit, wanted, aim, reached, from }) => {
      const mark = reached === undefined ? '–' : reached ? 'yes' : '**no**'
      const goal = aim === undefined ? (wanted ?? '–') : `${wanted}, aim ${aim}`
      return `| \`${name}\` | ${what} | ${figureText(figure)} ${unit} | ${goal} | ${mark} | ${from} |`
    }),
  )
  const head = ['| case | what | measured | wanted | reached | measured on |', '| --- | --- | --- | --- | --- | --- |']
  return `${[...head, ...rows].join('\n')}\n`
}

function variantLines({ name, note, unit, sides }: VariantResult): readonly string[] {
  const first = sides[0]!.median
  const header = [name, unit, 'least', 'most', `of ${sides[0]!.name}`]
  const rows = sides.map((side) => [
    side.name,
    ...[side.median, side.min, side.max].map(figureText),
    figureText(side.median / first),
  ])
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]!.length)))
  const lines = [header, ...rows].map((cells) => {
    const aligned = cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[at]!)))
    return `  ${aligned.join('   ')}`
  })
  return note === undefined ? lines : [`  ${note}`, ...lines]
}

/** A target and what became of it, on one line. */
export function verdictLine({ what, figure, unit, wanted, aim, reached, from }: Verdict, name?: string): string {
  const mark = reached === undefined ? '  –' : reached ? '  reached' : '  MISSED'
  const near = aim === undefined ? [] : [`${((100 * figure) / aim).toFixed(0)} % of ${aim}`]
  const asides = [...(wanted === undefined ? [] : [`wanted ${wanted}`]), ...near, from]
  return `${mark.padEnd(11)}${name === undefined ? '' : `${name.padEnd(15)}`}${what}: ${figureText(figure)} ${unit} (${asides.join('; ')})`
}

/** Three significant digits, or whole thousands with their commas. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return Number(value.toPrecision(3)).toString()
}
