import { streamOfSeed } from '../../src/numerics/random-stream.ts'
import type { FieldKind, IdStyle, Shape, ShapeField } from './shape.ts'

/** How many shapes are drawn, of flat ones and of nested ones each. */
export const shapesDrawn = 5

const flatKinds: readonly FieldKind[] = ['integer', 'float', 'text', 'foreign-text', 'boolean']
const nestedKinds: readonly FieldKind[] = ['list', 'object']
const idStyles: readonly IdStyle[] = ['lines', 'foreign', 'uuid', 'plain']
const wrappers: readonly (string | undefined)[] = ['data', undefined, 'payload', 'データ']
const syllables = [
  'ra',
  'lo',
  'mi',
  'ten',
  'qu',
  'sho',
  'vek',
  'zu',
  'ber',
  'ix',
  'ø',
  'ß',
  '价',
  'ж',
  '-',
  ' ',
  "'",
  '"',
  '\n',
]

/**
 * Shapes that nobody could have tuned for: names, numbers of fields, kinds, ids and the place of the fields all come
 * from `seed`. Every set has shapes of one field and of twelve, ids with newlines and ids without a Latin letter, and
 * shapes that throw.
 */
export function drawShapes(seed: number, nested: boolean): readonly Shape[] {
  const stream = streamOfSeed(seed, nested ? 1 : 0)
  const below = (limit: number) => Math.floor(stream.random() * limit)
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!

  return Array.from({ length: shapesDrawn }, (_, at): Shape => {
    const count = at === 0 ? 1 : at === 1 ? 12 : 1 + below(12)
    const taken = new Set(['service_id', 'request_id', 'data', 'payload'])
    const name = (): string => {
      for (;;) {
        const drawn = Array.from({ length: 1 + below(4) }, () => pick(syllables)).join('')
        // A name such as 1 would move to the front of its object; none of these syllables makes one.
        if (!taken.has(drawn)) {
          taken.add(drawn)
          return drawn
        }
      }
    }
    const fields = Array.from({ length: count }, (__, index): ShapeField => {
      const kind = nested && index === 0 ? pick(nestedKinds) : pick(nested ? [...flatKinds, ...nestedKinds] : flatKinds)
      // The first always returns, so that every result depends on its context.
      return index === 0 || stream.random() < 0.6 ? { name: name(), kind, result: name() } : { name: name(), kind }
    })
    return {
      name: `${nested ? 'nested' : 'shape'}-${at + 1}`,
      wrapper: pick(wrappers),
      fields,
      idField: name(),
      statusField: fields.length < 12 && stream.random() < 0.5 ? name() : undefined,
      ids: idStyles[at % idStyles.length]!,
      failing: at % 2 === 0,
      idsLast: stream.random() < 0.3,
    }
  })
}
