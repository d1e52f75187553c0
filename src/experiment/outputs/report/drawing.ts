import { escaped, withoutControls } from './html.ts'

/** Marks and scales of Observable Plot. */
export type Marks = typeof import('@observablehq/plot')
export type PlotOptions = NonNullable<Parameters<Marks['plot']>[0]>
export type Mark = NonNullable<PlotOptions['marks']>[number]

/** Draws plots as SVG. */
export interface Drawing {
  readonly marks: Marks
  /** @param label What a screen reader says in the drawing's place. */
  readonly draw: (label: string, options: PlotOptions) => string
}

/**
 * Loads what draws: some dozens of modules, for reports only. Plot is written for browsers, and gets from linkedom the
 * few functions of a document that it calls.
 */
export async function openDrawing(): Promise<Drawing> {
  const [marks, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')])
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  return {
    marks,
    draw(label, options) {
      const svg = marks.plot({ ...options, document: document as unknown as NonNullable<PlotOptions['document']> })
      // What it says of its style is in the page once, for all.
      svg.querySelector('style')?.remove()
      const text = withShortNumbers(withoutControls(svg.outerHTML))
      return text.replace('<svg ', () => `<svg role="img" aria-label="${escaped(label)}" `)
    },
  }
}

/** Two decimals of a pixel are enough; Plot writes all of them, which is half of the page. */
function withShortNumbers(svg: string): string {
  return svg.replace(/ (?:d|transform|[xy][12]?|c[xy]|width|height)="[^"]*"/g, (attribute) =>
    attribute.replace(/(\.\d\d)\d+/g, '$1'),
  )
}
