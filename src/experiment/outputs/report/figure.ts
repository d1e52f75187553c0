import { type Content, html, type Html, trusted } from './html.ts'

/** One drawing at its two sizes: beside others or on a small screen, and alone on a large one. */
export interface Panel {
  readonly title?: Content
  readonly draw: (size: PanelSize) => string
}

/** In pixels; texts have the same size in both. */
export interface PanelSize {
  readonly width: number
  readonly height: number
}

/** Panels that people can still compare. */
export const mostPanels = 6

const small: PanelSize = { width: 400, height: 280 }
const large: PanelSize = { width: 860, height: 400 }

/** Panels beside one another, as many as there is room for, with what they have in common. */
export function figure(panels: readonly Panel[], caption: Content, legend?: Content): Html {
  const drawings = panels.map(({ title, draw }) => {
    const heading = title !== undefined && html`<h4>${title}</h4>`
    if (panels.length > 1) return html`<div>${heading}${trusted(draw(small))}</div>`
    return html`<div>
      ${heading}
      <div class="small">${trusted(draw(small))}</div>
      <div class="large">${trusted(draw(large))}</div>
    </div>`
  })
  return html`<figure>
    ${legend}
    <div class="${panels.length > 1 ? 'panels' : 'panel'}">${drawings}</div>
    <figcaption>${caption}</figcaption>
  </figure> `
}

/** Shapes that tell series apart where colours do not, as Plot draws them. */
export const symbols = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross', 'wye', 'plus'] as const

/** The colour of the series of this place; which one it is, the page's style says, for light and for dark. */
export function seriesColor(at: number): string {
  return `var(--series-${at + 1})`
}
