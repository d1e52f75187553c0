import { readableJson } from '../readable-json.ts'
import { abbreviated } from './html.ts'
import { countText, numberText } from './number-text.ts'

/** A value for people, on a line: long lists by their beginning and their length. */
export function valueText(value: unknown, mostCharacters = 80): string {
  if (typeof value === 'number') return numberText(value, 6)
  if (typeof value === 'string') return abbreviated(value, mostCharacters)
  const list = listOf(value)
  if (list !== undefined && list.length > 6) {
    const first = Array.from({ length: 3 }, (_, at) => valueText(list[at], 20)).join(', ')
    return `[${first}, …, ${valueText(list[list.length - 1], 20)}], ${countText(list.length)} values`
  }
  return abbreviated(lineOf(value), mostCharacters)
}

/** The leaves of a value as pairs of a dotted path and a text, at most `most` of them. */
export function leavesOf(
  value: unknown,
  most: number,
): { readonly leaves: [string, string][]; readonly more: boolean } {
  const leaves: [string, string][] = []
  let more = false
  const visit = (item: unknown, path: string, level: number): void => {
    if (leaves.length === most) {
      more = true
    } else if (level < 4 && typeof item === 'object' && item !== null && isRecord(item)) {
      for (const [name, inner] of Object.entries(item)) visit(inner, path === '' ? name : `${path}.${name}`, level + 1)
    } else {
      leaves.push([path, valueText(item)])
    }
  }
  visit(value, '', 0)
  return { leaves, more }
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && Object.keys(value).length > 0
}

function listOf(value: unknown): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? (value as Float64Array) : undefined
}

/** JSON on a line; no more is made of it than is shown. */
function lineOf(value: unknown): string {
  let text = ''
  for (const piece of readableJson(value)) {
    text += piece
    if (text.length > 1000) break
  }
  return text.trim().replace(/\s+/g, ' ')
}
