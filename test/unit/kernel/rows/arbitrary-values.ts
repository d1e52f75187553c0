import fc from 'fast-check'

const loneSurrogates = fc.constantFrom('\ud800', '\udfff', 'a\udc00b\ud83d', '\ud83d\ude00')
const oddTexts = fc.constantFrom('', '"', "'", '`${x}`', '\\', '\n\r', '\u2028\u2029', '</script>', 'é', '漢字', '\0')
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), loneSurrogates, oddTexts, fc.string())
const longText = fc.integer({ min: 900, max: 3000 }).map((length) => 'ab漢'.repeat(length).slice(0, length))

const oddKeys = fc.constantFrom(
  ...'0 7 10 4294967294 4294967295 -1 1.5 constructor toString hasOwnProperty then value numbers texts'.split(' '),
  ...'arguments request_id service_id at length default mark key'.split(' '),
)
const key = fc.oneof({ weight: 3, arbitrary: oddKeys }, text).filter((name) => name !== '__proto__')

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, 0, NaN, Infinity, -Infinity, 2 ** 53 + 2, -(2 ** 53) - 2, Number.MIN_VALUE, 2 ** 31, -(2 ** 30)),
)

const simpleLeaves = {
  number,
  string: fc.oneof({ weight: 6, arbitrary: text }, longText, fc.constant('the same')),
  boolean: fc.boolean(),
  null: fc.constant(null),
  undefined: fc.constant(undefined),
} as const
const leaves = {
  ...simpleLeaves,
  list: fc.oneof(
    fc.array(number, { maxLength: 8 }),
    fc.array(fc.oneof(...Object.values(simpleLeaves)), { maxLength: 6 }),
  ),
} as const

type Values = fc.Arbitrary<Record<string, unknown>>

/** Objects of one shape: what is arbitrary is the shape, then the values. */
export const shapes: fc.Arbitrary<Values> = shapeOfDepth(3)

function shapeOfDepth(depth: number): fc.Arbitrary<Values> {
  const leaf = fc.constantFrom(...Object.values(leaves)) as fc.Arbitrary<fc.Arbitrary<unknown>>
  const member = depth === 1 ? leaf : fc.oneof({ weight: 4, arbitrary: leaf }, shapeOfDepth(depth - 1))
  return fc
    .uniqueArray(fc.tuple(key, member), { selector: ([name]) => name, minLength: 1, maxLength: 6 })
    .map((members) =>
      fc
        .tuple(...members.map(([, arbitrary]) => arbitrary))
        .map((values) => Object.fromEntries(members.map(([name], index) => [name, values[index]]))),
    )
}

class Named {
  name = 'instance'
}

/** Makes of a plain object one that is nearly like it. All can be made of any object; most must not go as a row. */
const turns: ((value: Record<string, unknown>) => unknown)[] = [
  (value) => ({ ...value, added: 1 }),
  (value) => Object.fromEntries(Object.entries(value).slice(1)),
  (value) => Object.fromEntries(Object.entries(value).toReversed()),
  (value) => replaceFirst(value, undefined),
  (value) => replaceFirst(value, null),
  (value) => replaceFirst(value, -0),
  (value) => replaceFirst(value, new Date(5)),
  (value) => replaceFirst(value, 12n),
  (value) => replaceFirst(value, new Float64Array([1, -0])),
  (value) => replaceFirst(value, Object.assign([1], { length: 3 })),
  (value) => replaceFirst(value, Object.assign([1], { extra: 3 })),
  (value) => replaceFirst(value, [1, [2]]),
  (value) => replaceFirst(value, [1, 'two', { three: 3 }]),
  (value) => replaceFirst(value, [Symbol('no')]),
  (value) => replaceFirst(value, new Proxy([1], {})),
  (value) => replaceFirst(value, Object.setPrototypeOf([1], Object.prototype)),
  (value) =>
    replaceFirst(
      value,
      Array.from({ length: 200 }, (_, index) => index),
    ),
  (value) => replaceFirst(value, Object.defineProperty([1, 2], 0, { get: () => 3, enumerable: true })),
  (value) => ((shared) => ({ ...value, first: shared, second: shared }))([1]),
  (value) => replaceFirst(value, new Map([[value, 1]])),
  (value) => replaceFirst(value, new Number(4)),
  (value) => replaceFirst(value, { nested: 1 }),
  (value) => replaceFirst(value, {}),
  (value) => replaceFirst(value, new Proxy({ nested: 1 }, {})),
  (value) => replaceFirst(value, () => 1),
  (value) => replaceFirst(value, Symbol('no')),
  (value) => replaceFirst(value, value),
  (value) => ((shared) => ({ ...value, first: shared, second: shared }))({ x: 1 }),
  (value) => Object.assign(Object.create(null) as object, value),
  (value) => Object.assign(new Named(), value),
  (value) => withMembers([], value),
  (value) => new Proxy(value, {}),
  (value) => Object.create(value),
  (value) => Object.defineProperty({ ...value }, '__proto__', { value: 1, enumerable: true }),
  (value) => Object.defineProperty({ ...value }, 'hidden', { value: 1, enumerable: false }),
  (value) => ({ ...value, [Symbol('ignored')]: 1 }),
  (value) => Object.freeze({ ...value }),
  (value) => withGetter(value, (kept) => kept),
  (value) =>
    withGetter(value, () => {
      throw new Error('getter')
    }),
  ...[new Date(3), new Error('x'), /x/, new String('ab'), Object(true), new Uint8Array(2), []].map(
    (exotic) => (value: Record<string, unknown>) =>
      Object.setPrototypeOf(withMembers(structuredClone(exotic), value), Object.prototype) as object,
  ),
]

/** `exotic` with the members of `value`, where it can have them. */
function withMembers(exotic: object, value: Record<string, unknown>): object {
  for (const [name, part] of Object.entries(value)) {
    if (name === 'length') continue
    try {
      Reflect.defineProperty(exotic, name, { value: part, enumerable: true, configurable: true, writable: true })
    } catch {
      // A view makes a number of it, which an object may refuse to become.
    }
  }
  return exotic
}

function replaceFirst(value: Record<string, unknown>, part: unknown): unknown {
  return Object.fromEntries(Object.entries(value).map(([name, old], index) => [name, index === 0 ? part : old]))
}

function withGetter(value: Record<string, unknown>, get: (kept: unknown) => unknown): unknown {
  const copy = { ...value }
  const [name] = Object.keys(copy)
  const kept = copy[name!]
  return Object.defineProperty(copy, name!, { get: () => get(kept), enumerable: true, configurable: true })
}

export const nearMiss = fc.constantFrom(...turns)

/** A value that is of a shape, or nearly: what is near it may be deeper in. */
export const nearShapes: fc.Arbitrary<unknown> = shapes.chain((values) =>
  fc
    .tuple(values, fc.option(fc.tuple(nearMiss, fc.boolean()), { freq: 2 }))
    .map(([value, miss]) => (miss === null ? value : turned(value, ...miss))),
)

function turned(value: Record<string, unknown>, turn: (typeof turns)[number], nested: boolean): unknown {
  const inner = Object.keys(value).findLast((name) => typeof value[name] === 'object' && value[name] !== null)
  if (!nested || inner === undefined) return turn(value)
  return { ...value, [inner]: turn(value[inner] as Record<string, unknown>) }
}

const leaf = fc.oneof(
  number,
  text,
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.integer({ min: 1, max: 1024 }).map((length) => 'ab漢'.repeat(length).slice(0, length)),
)

/** Plain values of any form, small enough for a row: objects that have keys, lists, and what they hold. */
export const trees: fc.Arbitrary<object> = fc
  .letrec<{ tree: object; member: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc
        .uniqueArray(fc.tuple(key, tie('member')), { selector: ([name]) => name, minLength: 1, maxLength: 4 })
        .map((members) => Object.fromEntries(members)),
      fc.array(tie('member'), { maxLength: 4 }),
    ),
    member: fc.oneof({ maxDepth: 3, depthSize: 'small' }, leaf, tie('tree')),
  }))
  .tree.filter((tree) => sizeOf(tree) <= 24)

function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 1)
}
