import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextNumbers } from '../../../../src/kernel/rows/row-area.ts'
import { RowReader } from '../../../../src/kernel/rows/row-reader.ts'
import { RowWriter } from '../../../../src/kernel/rows/row-writer.ts'
import { isSame } from './sameness.ts'

const MAX_IN_FLIGHT = 4096
const A_WHILE = 60_000

/** Numbers below `below`, the same ones each time. */
function draws(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const LENGTHS = [0, 1, 12, 13, 24, 25, 1023, 1024]

/** Values of many forms, most of which come again and again. */
function valueOf(index: number, draw: (below: number) => number): unknown {
  switch (draw(10)) {
    case 0:
      return [new Date(index)]
    case 1:
      return { text: 'x'.repeat(1025), index }
    case 2:
      return { [`key${draw(300)}`]: index, list: [index, -index, null] }
    case 3:
      return { [`shape${draw(400)}`]: index, text: `text ${draw(3)}` }
    case 4:
      return { text: 'long 漢字 '.repeat(200).slice(0, LENGTHS[draw(LENGTHS.length)]), index }
    case 5:
      return [Array.from({ length: draw(50) }, (_, item) => item + index), undefined, `${index}`]
    case 6: {
      // Shows a new key at first, and then what goes as no row.
      const shown = [{ [`odd${index}`]: [1] }]
      return Object.defineProperty({ fresh: index }, 'bad', { get: () => shown.pop() ?? (() => 1), enumerable: true })
    }
    default:
      return {
        service_id: 'pricing',
        request_id: `request-${index}`,
        side: draw(50) ? 'buy' : 'sell',
        data: { x: index / 7 },
      }
  }
}

interface Row {
  readonly sequence: number
  readonly known: string | undefined
  readonly clone: unknown
}

/** Sends `count` values, and reads them behind by as many as it comes to. Returns how many went as rows. */
function run(first: number, count: number, seed: number, lag: number): number {
  const draw = draws(seed)
  const writer = new RowWriter()
  const reader = new RowReader(writer.memory)
  const waiting: Row[] = []
  let rows = 0
  for (let index = 0; index < count; index++) {
    const sequence = (first + index) | 0
    const value = valueOf(index, draw)
    const service = draw(5)
    const known = [`request-${index}`, 'buy', `text ${draw(3)}`, `key${draw(300)}`, '', undefined][draw(6)]
    expect(reader.has(sequence)).toBe(false)
    if (writer.write(service, sequence, service, value, known)) {
      rows++
      waiting.push({ sequence, known, clone: clone(value) })
    } else writer.pass(sequence)
    const isRow = waiting.at(-1)?.sequence === sequence
    if (reader.has(sequence)) expect(isRow).toBe(true)
    if (draw(lag) === 0) {
      writer.publish()
      expect(reader.has(sequence)).toBe(isRow)
    }
    if (draw(lag) === 0 || (waiting.length > 0 && sequence - waiting[0]!.sequence >= MAX_IN_FLIGHT)) {
      writer.publish()
      for (const { sequence, known, clone } of waiting.splice(0, 1 + draw(2 * lag))) {
        if (!isSame(reader.take(sequence, known), clone)) expect(sequence).toBe('read as it was written')
      }
      if (draw(3) === 0) reader.release()
    }
  }
  for (const row of waiting) expect(isSame(reader.take(row.sequence, row.known), row.clone)).toBe(true)
  return rows
}

function clone(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return value
  }
}

describe('The rings of rows', () => {
  it.each([
    ['at once', 1, 1],
    ['a little behind', 1, 20],
    ['far behind', 1, 900],
    ['where sequences wrap', 2 ** 31 - 5000, 50],
    ['where sequences pass 0', -9000, 50],
  ])(
    'carry thousands of values of many forms, read %s',
    (_, first, lag) => {
      expect(run(first, 8_000, 77 + lag, lag)).toBeGreaterThan(2400)
    },
    A_WHILE,
  )

  it(
    'carry every sequence of values, however far the reader is behind',
    () => {
      fc.assert(
        fc.property(fc.nat(), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1 }), (seed, lag, first) => {
          run(first, 600, seed, lag)
        }),
        { seed: 9, numRuns: 20 },
      )
    },
    A_WHILE,
  )

  it.each(LENGTHS)('carry texts of %i units around the end of theirs', (length) => {
    const writer = new RowWriter()
    const reader = new RowReader(writer.memory)
    for (let sequence = 1; sequence < 1200; sequence++) {
      const value = { list: [sequence], text: `${sequence % 7}`.repeat(length), other: 'y'.repeat(length) }
      expect(writer.write(0, sequence, 0, value)).toBe(true)
      expect(reader.take(sequence)).toEqual(value)
    }
  })

  it('refuse a text of 1025 units', () => {
    const writer = new RowWriter()
    expect([1024, 1025].map((length) => writer.write(length, 1, 0, { text: 'x'.repeat(length) }))).toEqual([
      true,
      false,
    ])
  })

  it('take no room for what they refuse, however often', () => {
    const writer = new RowWriter()
    const reader = new RowReader(writer.memory)
    // All that is refused in the middle of a row, after numbers, texts and new keys.
    for (let time = 0; time < 3000; time++) {
      const odd = { [`key${time}`]: 'x'.repeat(1000), list: Array.from({ length: 60 }, () => 1), bad: new Date(0) }
      expect(writer.write(time, 1, 0, odd)).toBe(false)
    }
    const filled = fill(writer, 1)
    expect(filled).toBe(fill(new RowWriter(), 1))
    for (let sequence = 1; sequence <= filled; sequence++) expect(reader.take(sequence)).toEqual(large(sequence))
  })

  it('refuse what finds no room, and take it once the reader has said what it has read', () => {
    const writer = new RowWriter()
    const reader = new RowReader(writer.memory)
    let next = 1
    for (let round = 0; round < 20; round++) {
      const end = next + fill(writer, next)
      expect(end - next).toBeGreaterThan(50)
      for (; next < end; next++) expect(reader.take(next)).toEqual(large(next))
      reader.release()
    }
  })

  it('forget what a text was compared with when its row is refused', () => {
    const writer = new RowWriter()
    const reader = new RowReader(writer.memory)
    const texts = [
      'same',
      'same',
      { a: 'other', b: () => 1 },
      'same',
      'same',
      { a: 'same', b: 'x'.repeat(1025) },
      'same',
    ]
    for (const [index, one] of texts.entries()) {
      const value = typeof one === 'string' ? { a: one, b: `${index}`, c: [] } : { ...one, c: [] }
      expect(writer.write(index, index + 1, 0, value)).toBe(typeof one === 'string')
      if (typeof one === 'string') expect(reader.take(index + 1)).toEqual(value)
    }
  })

  it('carry a text that is long the same, then changes, then is the same again', () => {
    const writer = new RowWriter()
    const reader = new RowReader(writer.memory)
    for (let sequence = 1; sequence < 3000; sequence++) {
      const value = { kind: sequence % 700 < 500 ? 'the same kind' : `kind ${sequence}`, empty: '', sequence }
      expect(writer.write(0, sequence, 0, value)).toBe(true)
      expect(reader.take(sequence)).toEqual(value)
      if (sequence % 100 === 0) reader.release()
    }
  })
})

const large = (sequence: number) => ({ text: `${sequence}`.padEnd(1000, '-'), list: [sequence] })

/** Writes until there is no room; returns how many rows there was room for. */
function fill(writer: RowWriter, first: number): number {
  let count = 0
  // One service a row: refusals do not make it wait.
  while (writer.write(10_000 + first + count, first + count, 0, large(first + count))) count++
  return count
}

describe('nextNumbers', () => {
  it('leaves a row side by side in the ring, wherever positions wrap', () => {
    fc.assert(
      fc.property(fc.integer(), (position) => {
        const next = nextNumbers(position)
        const at = next & 0xffff
        expect(at + 256).toBeLessThanOrEqual(0x10000)
        expect((next - position) | 0).toBeGreaterThanOrEqual(0)
        expect((next - position) | 0).toBeLessThan(256)
        expect(nextNumbers(next)).toBe(next)
      }),
      { seed: 4, numRuns: 2000 },
    )
    expect(nextNumbers(2 ** 31 - 100)).toBe(-(2 ** 31))
  })
})
