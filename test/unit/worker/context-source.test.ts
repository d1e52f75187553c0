import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RoutedContext } from '../../../src/contract/context.ts'
import { contextTag, isAsRow, isLastOfChunk, serviceOfTag } from '../../../src/kernel/rows/context-tag.ts'
import { RowReader } from '../../../src/kernel/rows/row-reader.ts'
import { RowWriter } from '../../../src/kernel/rows/row-writer.ts'
import { ContextSource } from '../../../src/worker/context-source.ts'

function unexpected(): never {
  throw new Error('Nothing was missing')
}

/** A source and the other end of it. */
function setUp() {
  const rows = new RowWriter()
  const source = new ContextSource(new RowReader(rows.memory), unexpected)
  return { rows, source }
}

function context(n: number, more: object = {}): RoutedContext {
  return { service_id: 'pricing', request_id: `r${n}`, n, ...more }
}

function chunk(first: number, count: number, service = 3, asRows = false) {
  const contexts = Array.from({ length: count }, (_, index) => context(first + index, { at: new Date(0) }))
  return { type: 'chunk', service, first, contexts, asRows } as const
}

describe('ContextSource', () => {
  it('has nothing at first', () => {
    const { source } = setUp()
    expect([source.hasRow, source.take()]).toEqual([false, undefined])
    expect(new ContextSource(undefined, unexpected).take()).toBeUndefined()
  })

  it('gives rows and posted contexts in the order of their sequences, however they arrive', () => {
    const run = fc.record({
      rows: fc.nat(5),
      posted: fc.nat(5),
      looks: fc.nat(12),
      service: fc.nat(9),
      asRows: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(run, { maxLength: 30 }), (runs) => {
        const { rows, source } = setUp()
        const expected: unknown[] = []
        const taken: unknown[] = []
        const look = () => {
          const one = source.take()
          if (one === undefined) return false
          const { sequence, tag } = source
          taken.push([sequence, one['n'], serviceOfTag(tag), isAsRow(tag), isLastOfChunk(tag)])
          return true
        }
        // What is posted arrives later than rows that were left after it.
        const posted: ReturnType<typeof chunk>[] = []
        let next = 1
        for (const { rows: count, posted: others, looks, service, asRows } of runs) {
          const size = count + others
          for (let index = 0; index < size; index++)
            expected.push([next + index, next + index, service, asRows, index === size - 1])
          for (let index = 0; index < count; index++, next++) {
            expect(rows.write(service, next, contextTag(service, asRows, index === size - 1), context(next))).toBe(true)
          }
          rows.publish()
          if (others > 0) posted.push(chunk(next, others, service, asRows))
          next += others
          for (let count = 0; count < looks; count++) look()
          if (looks % 2 === 0) for (const one of posted.splice(0)) source.put(one)
        }
        for (const one of posted) source.put(one)
        while (look());
        expect(taken).toEqual(expected)
        expect(source.hasRow).toBe(false)
      }),
      { seed: 8, numRuns: 300 },
    )
  })

  it('says whether the next context is a row, not whether there is one', () => {
    const { rows, source } = setUp()
    rows.write(3, 2, contextTag(3, true, true), context(2))
    rows.publish()
    expect([source.hasRow, source.take()]).toEqual([false, undefined])
    source.put(chunk(1, 1))
    expect(source.take()!['n']).toBe(1)
    expect(source.hasRow).toBe(true)
    expect(source.take()!['n']).toBe(2)
  })

  it('lets the writer have the room of rows that fill the ring before they are many', () => {
    const { rows, source } = setUp()
    let next = 1
    for (let round = 0; round < 10; round++) {
      const from = next
      const large = (n: number) => ({ ...context(n), texts: Array.from({ length: 20 }, () => `${n}`.padEnd(1000)) })
      while (rows.write(next, next, contextTag(3, true, true), large(next))) next++
      rows.publish()
      expect(next - from).toBeGreaterThan(5)
      expect(next - from).toBeLessThan(64)
      // What found no room is posted.
      source.put(chunk(next, 1))
      for (let sequence = from; sequence <= next; sequence++) expect(source.take()!['n']).toBe(sequence)
      next++
    }
  })
})
