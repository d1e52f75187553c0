const width = 120
const mostLevels = 100

/** What a value is in JSON: a text, or a container of further values. */
type Form =
  | { readonly text: string }
  | { readonly list: ArrayLike<unknown> }
  | { readonly fields: readonly (readonly [name: string, value: unknown])[] }

/**
 * The JSON text of a value in pieces, for people: what fits on a line is on one, and lists of numbers fill lines.
 * Any value that can be cloned may be in it: typed arrays and sets are lists, maps are lists of pairs, dates are in ISO
 * form, and what JSON has no form for is text (`"NaN"`, `"12n"`); fields that are `undefined` are left out.
 */
export function* readableJson(value: unknown): Generator<string> {
  yield* pieces(value, '', 0, [])
  yield '\n'
}

/** @param used How much of the line is written already. */
function* pieces(value: unknown, indent: string, used: number, ancestors: readonly unknown[]): Generator<string> {
  // A comma may follow.
  const line = oneLine(value, width - used - 1)
  if (line !== undefined) {
    yield line
    return
  }
  const form = formOf(value)
  if ('text' in form) {
    yield form.text
  } else if (ancestors.includes(value)) {
    yield '"[circular]"'
  } else if (ancestors.length === mostLevels) {
    yield `"[more than ${mostLevels} levels]"`
  } else if ('list' in form) {
    yield* listPieces(form.list, indent, [...ancestors, value])
  } else {
    const inner = `${indent}  `
    let separator = '{'
    for (const [name, item] of form.fields) {
      const start = `${inner}${JSON.stringify(name)}: `
      yield `${separator}\n${start}`
      yield* pieces(item, inner, start.length, [...ancestors, value])
      separator = ','
    }
    yield `\n${indent}}`
  }
}

function* listPieces(list: ArrayLike<unknown>, indent: string, ancestors: readonly unknown[]): Generator<string> {
  const inner = `${indent}  `
  let room = 0
  yield '['
  for (let at = 0; at < list.length; at++) {
    const separator = at === 0 ? '' : ','
    const form = formOf(list[at])
    if ('text' in form && separator !== '' && form.text.length + 2 <= room) {
      room -= form.text.length + 2
      yield `, ${form.text}`
      continue
    }
    yield `${separator}\n${inner}`
    yield* pieces(list[at], inner, inner.length, ancestors)
    room = 'text' in form ? width - inner.length - form.text.length - 1 : 0
  }
  yield `\n${indent}]`
}

/** The text on one line; `undefined` if it is longer than `room`, which also ends what contains itself. */
function oneLine(value: unknown, room: number): string | undefined {
  if (room <= 0) return undefined
  const form = formOf(value)
  if ('text' in form) return form.text.length <= room ? form.text : undefined
  const isList = 'list' in form
  const size = isList ? form.list.length : form.fields.length
  if (size === 0) return isList ? '[]' : '{}'
  let text = isList ? '[' : '{ '
  for (let at = 0; at < size; at++) {
    if (at > 0) text += ', '
    if (!isList) text += `${JSON.stringify(form.fields[at]![0])}: `
    const item = oneLine(isList ? form.list[at] : form.fields[at]![1], room - text.length - 1)
    if (item === undefined) return undefined
    text += item
  }
  text += isList ? ']' : ' }'
  return text.length <= room ? text : undefined
}

function formOf(value: unknown): Form {
  if (typeof value === 'number')
    return { text: Number.isFinite(value) ? JSON.stringify(value) : JSON.stringify(String(value)) }
  if (value === null || value === undefined) return { text: 'null' }
  if (typeof value === 'bigint') return { text: `"${value}n"` }
  if (typeof value !== 'object') return { text: JSON.stringify(value) ?? `"[${typeof value}]"` }
  if (Array.isArray(value)) return { list: value }
  if (value instanceof Date)
    return { text: Number.isNaN(value.getTime()) ? '"Invalid Date"' : JSON.stringify(value.toISOString()) }
  if (value instanceof Set || value instanceof Map) return { list: [...value] }
  if (value instanceof Error) return { text: JSON.stringify(String(value)) }
  if (value instanceof DataView || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return { text: JSON.stringify(`[${value.byteLength} bytes]`) }
  if (ArrayBuffer.isView(value)) return { list: value as Float64Array }
  return { fields: Object.entries(value).filter(([, item]) => item !== undefined) }
}
