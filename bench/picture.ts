import type { CaseResult, SideKind, SideResult, VariantResult } from './bench-case.ts'
import { figureText } from './result-table.ts'

// Tones that can be read on white and on the dark ground of GitHub alike: a picture cannot ask which one it lies on.
const ink = '#7d8590'
const colours: Readonly<Record<SideKind, string>> = {
  troupe: '#2f81f7',
  peer: '#9a8c7c',
  limit: '#57965c',
  baseline: '#57965c',
}

const width = 860
const nameWidth = 230
const figureWidth = 120
const barWidth = width - nameWidth - figureWidth
const rowHeight = 22
const headHeight = 46
const footHeight = 34

interface Panel {
  readonly title: string
  readonly variant: VariantResult
}

/** One panel of bars for each case, of its first variant. Without cases, an empty picture. */
export function drawPicture(cases: readonly CaseResult[], caption: string): string {
  const panels = cases.flatMap(({ name, what, variants }): Panel[] =>
    variants.slice(0, 1).map((variant) => ({ title: `${name}: ${what}`, variant })),
  )
  let y = 8
  const parts = panels.map((panel) => {
    const drawn = drawPanel(panel, y)
    y += headHeight + panel.variant.sides.length * rowHeight
    return drawn
  })
  const height = y + footHeight
  const font = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="13"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ${font} fill="${ink}">
<title>${escape(caption)}</title>
${parts.join('\n')}
<text x="8" y="${height - 12}" font-size="11">${escape(caption)}</text>
</svg>
`
}

function drawPanel({ title, variant }: Panel, top: number): string {
  const { name, unit, better, sides } = variant
  const scale = scaleOf(sides)
  const note = `${name}, ${unit}; ${better === 'more' ? 'longer' : 'shorter'} is better${scale.logarithmic ? '; log scale' : ''}`
  const rows = sides.map((side, at) => {
    const y = top + headHeight + at * rowHeight
    const length = Math.max(1, scale.share(side.median) * barWidth)
    const weight = side.kind === 'troupe' ? ' font-weight="600"' : ''
    return [
      `<text x="${nameWidth - 10}" y="${y + 4}" text-anchor="end"${weight}>${escape(side.name)}</text>`,
      `<rect x="${nameWidth}" y="${y - 8}" width="${length.toFixed(1)}" height="15" rx="2" fill="${colours[side.kind]}"/>`,
      whisker(side, y, scale),
      `<text x="${(nameWidth + Math.max(length, scale.share(side.max) * barWidth) + 8).toFixed(1)}" y="${y + 4}"${weight}>${escape(figureText(side.median))}</text>`,
    ].join('\n')
  })
  const head = [
    `<text x="8" y="${top + 12}" font-weight="600">${escape(title)}</text>`,
    `<text x="8" y="${top + 28}" font-size="11">${escape(note)}</text>`,
  ]
  return [...head, ...rows].join('\n')
}

/** A line from the smallest sample to the largest. */
function whisker({ min, max }: SideResult, y: number, { share }: Scale): string {
  const [from, to] = [min, max].map((value) => (nameWidth + share(value) * barWidth).toFixed(1))
  return `<line x1="${from}" x2="${to}" y1="${y - 0.5}" y2="${y - 0.5}" stroke="${ink}" stroke-width="1.5"/>`
}

interface Scale {
  readonly logarithmic: boolean
  /** How much of the longest bar a value takes. */
  readonly share: (value: number) => number
}

/** Logarithmic where the medians lie more than a factor of 20 apart; it then begins at the power of ten below them. */
export function scaleOf(sides: readonly Pick<SideResult, 'median' | 'min' | 'max'>[]): Scale {
  const most = Math.max(...sides.map(({ max }) => max))
  const least = Math.min(...sides.map(({ min }) => min))
  const medians = sides.map(({ median }) => median)
  const clamp = (share: number): number => Math.min(1, Math.max(0, share))
  if (least <= 0 || Math.max(...medians) / Math.min(...medians) <= 20) {
    return { logarithmic: false, share: (value) => clamp(value / most) }
  }
  const floor = Math.floor(Math.log10(least) - 1e-9)
  const span = Math.log10(most) - floor
  return { logarithmic: true, share: (value) => clamp((Math.log10(value) - floor) / span) }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
