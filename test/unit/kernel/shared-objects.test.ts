import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sharesObjects } from '../../../src/kernel/shared-objects.ts'

fc.configureGlobal({ seed: 20260106 })

const NODES = 8
const BUFFERS = 2
const kinds = ['object', 'list', 'map keys', 'map values', 'set', 'error', 'view', 'buffer'] as const
type Kind = (typeof kinds)[number]

/** A part of a value: its kind, and the numbers of the parts that it holds. */
interface Node {
  readonly kind: Kind
  readonly refs: readonly number[]
}

const node: fc.Arbitrary<Node> = fc.record({
  kind: fc.constantFrom(...kinds),
  refs: fc.array(fc.nat(NODES - 1), { maxLength: 2 }),
})

/** Makes the parts, then lets each hold what it refers to; cycles are as good as any. */
function build(nodes: readonly Node[]): object[] {
  const buffers = Array.from({ length: BUFFERS }, () => new ArrayBuffer(8))
  const made = nodes.map(({ kind, refs }, index): object => {
    const buffer = buffers[(refs[0] ?? index) % BUFFERS]!
    if (kind === 'view') return index % 2 === 0 ? new Uint8Array(buffer, 4) : new DataView(buffer)
    if (kind === 'buffer') return buffer
    if (kind === 'list') return []
    if (kind === 'set') return new Set()
    if (kind === 'error') return new Error('e')
    return kind.startsWith('map') ? new Map() : {}
  })
  for (const [index, { kind, refs }] of nodes.entries()) {
    const holder = made[index]!
    for (const [place, ref] of refs.entries()) {
      const held = made[ref]!
      if (kind === 'object') Object.assign(holder, { [`key${place}`]: held, text: 'same' })
      else if (kind === 'list') (holder as unknown[]).push(1, held)
      else if (kind === 'set') (holder as Set<unknown>).add(held)
      else if (kind === 'map keys') (holder as Map<unknown, unknown>).set(held, 1)
      else if (kind === 'map values') (holder as Map<unknown, unknown>).set(place, held)
      else if (kind === 'error') (holder as Error).cause = held
    }
  }
  return made
}

/** Every part and buffer below one part, by number, as the graph says and not the objects. */
function reached(nodes: readonly Node[], from: readonly number[], seen = new Set<string>()): Set<string> {
  for (const index of from) {
    const { kind, refs } = nodes[index]!
    const isMemory = kind === 'view' || kind === 'buffer'
    if (isMemory) seen.add(`buffer ${(refs[0] ?? index) % BUFFERS}`)
    if (kind === 'buffer' || seen.has(`node ${index}`)) continue
    seen.add(`node ${index}`)
    // An error has one cause: the last that was set.
    if (!isMemory) reached(nodes, kind === 'error' ? refs.slice(-1) : refs, seen)
  }
  return seen
}

describe('sharesObjects', () => {
  it('says what a walk over the graph of parts says', () => {
    const graph = fc.array(node, { minLength: NODES, maxLength: NODES })
    const contents = fc.array(fc.array(fc.nat(NODES - 1), { maxLength: 3 }), { maxLength: 4 })
    const answers = { true: 0, false: 0 }
    fc.assert(
      fc.property(graph, contents, (nodes, contents) => {
        const made = build(nodes)
        const values = contents.map((indexes) => ({ data: indexes.map((index) => made[index]) }))
        const sets = contents.map((indexes) => [...reached(nodes, indexes)])
        const all = sets.flat()
        const shares = new Set(all).size < all.length
        expect(sharesObjects(values)).toBe(shares)
        answers[`${shares}`]++
      }),
      { numRuns: 2000 },
    )
    // Both answers occur often.
    expect(Math.min(answers.true, answers.false)).toBeGreaterThan(400)
  })

  it('is true for the same value twice, and false for one value, however often a part occurs in it', () => {
    const part = {}
    const one = { a: part, b: [part], self: {} as object }
    one.self = one
    expect(sharesObjects([one, one])).toBe(true)
    expect(sharesObjects([one])).toBe(false)
    expect(sharesObjects([])).toBe(false)
  })

  it('sees that views of different kinds lie over one buffer', () => {
    const buffer = new ArrayBuffer(64)
    const views = [new Uint8Array(buffer, 0, 8), new Float64Array(buffer, 8, 1), new DataView(buffer, 32)]
    for (const one of views) for (const other of views) expect(sharesObjects([{ one }, { other }])).toBe(true)
    expect(sharesObjects([{ views }, { view: new Uint8Array(64) }])).toBe(false)
    expect(sharesObjects([{ buffer }, views[1]!])).toBe(true)
  })

  it('passes over what is equal but not the same', () => {
    const make = () => ({ text: 'same', big: 7n, none: null, list: [1, 2], date: new Date(0), error: new Error('e') })
    expect(sharesObjects([make(), make(), make()])).toBe(false)
  })

  it('sees what structured clone would let two values share', () => {
    const part = { x: 1 }
    const pairs: [object, object][] = [
      [{ error: new Error('1', { cause: part }) }, { error: new Error('2', { cause: part }) }],
      [new Map([[part, 1]]), new Set([part])],
      [[[part]], { deep: { part } }],
    ]
    for (const pair of pairs) expect(sharesObjects(pair)).toBe(true)
    const cloned = structuredClone(pairs[0]!) as { error: Error }[]
    expect(cloned[0]!.error.cause).toBe(cloned[1]!.error.cause)
  })

  const breaking = () => {
    throw new Error('Broke')
  }
  it.each<[string, object]>([
    ['a getter that throws', Object.defineProperty({}, 'field', { get: breaking, enumerable: true })],
    ['a Proxy that throws', new Proxy({}, { ownKeys: breaking })],
    ['a Proxy without a prototype to ask for', new Proxy({}, { getPrototypeOf: breaking })],
    ['a Proxy of a Map', new Proxy(new Map(), {})],
    ['a Proxy of a Set', new Proxy(new Set(), {})],
    ['a Map whose iterator throws', Object.assign(new Map(), { [Symbol.iterator]: breaking })],
  ])('has values sent apart that cannot be read: %s', (_, hostile) => {
    expect(sharesObjects([{ ok: true }, { hostile }])).toBe(true)
    expect(sharesObjects([{ hostile }, { ok: true }])).toBe(true)
  })

  it('needs no stack for a deep value', () => {
    let deep: object = {}
    for (let depth = 0; depth < 100_000; depth++) deep = { deep }
    expect(sharesObjects([{ deep }, {}])).toBe(false)
    expect(sharesObjects([{ deep }, { deep }])).toBe(true)
  })
})
