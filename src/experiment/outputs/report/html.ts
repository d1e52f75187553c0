/** Text that is HTML already. */
export interface Html {
  readonly html: string
}

/** What may stand in a template: all that is not HTML is text, and escaped. */
export type Content = Html | string | number | readonly Content[] | undefined | false

/** HTML from a template whose values are escaped, in text as in attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return { html: parts.reduce((text, part, at) => text + contentText(values[at - 1]) + part) }
}

/** Text of somebody else's, isolated so that its direction of writing does not reach beyond it. */
export function foreign(text: string, mostCharacters = 400): Html {
  return html`<bdi>${abbreviated(text, mostCharacters)}</bdi>`
}

/** HTML as it stands: of our own drawings, and nothing else. */
export function trusted(text: string): Html {
  return { html: text }
}

/** The beginning of a text that is longer than `most`; a character of two code units is not cut in half. */
export function abbreviated(text: string, most: number): string {
  if (text.length <= most) return text
  const cut = text.slice(0, most - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes text for HTML. */
export function escaped(text: string): string {
  return withoutControls(text).replace(/[&<>"']/g, (character) => entities[character]!)
}

/** Text with pictures in place of control characters, which no page may hold. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0)
    if (/\s/.test(character)) return character
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421'
  })
}

function contentText(value: Content): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  return 'html' in value ? value.html : value.map(contentText).join('')
}
