import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChunkReader, encodeChunk, transferOf } from '../../../../src/kernel/columns/column-chunk.ts'
import { CodecsByKey, ShapeCodecs } from '../../../../src/kernel/columns/shape-codecs.ts'
import { chunks, shapes } from './arbitrary-values.ts'
import { isSame } from './sameness.ts'

const seed = 20_240_611

/** What the other side makes of the values, or `undefined` where they do not go by column. */
function cross(values: readonly object[], codecs = new ShapeCodecs(), keys = new CodecsByKey()): object[] | undefined {
  const chunk = encodeChunk(values, codecs)
  if (chunk === undefined) return undefined
  const received = structuredClone(chunk, { transfer: transferOf(chunk) })
  const reader = new ChunkReader(received, keys.get(received.shape))
  return values.map(() => reader.next())
}

describe('encodeChunk', () => {
  it('brings every value as structured clone does, or refuses', () => {
    let taken = 0
    let refused = 0
    fc.assert(
      fc.property(chunks, (values) => {
        const crossed = cross(values as object[])
        if (crossed === undefined) refused++
        else taken++
        // Cloned one by one: values of a chunk never share an object on the other side.
        expect(crossed?.every((value, index) => isSame(value, structuredClone(values[index]))) ?? true).toBe(true)
      }),
      { seed, numRuns: 1500 },
    )
    expect(taken).toBeGreaterThan(500)
    expect(refused).toBeGreaterThan(500)
  })

  it('takes every chunk of three or more values of one shape', () => {
    const uniform = shapes.chain((values) => fc.array(values, { minLength: 3, maxLength: 40 }))
    fc.assert(
      fc.property(uniform, (values) => {
        const crossed = cross(values)
        expect(crossed?.every((value, index) => isSame(value, structuredClone(values[index])))).toBe(true)
      }),
      { seed, numRuns: 300 },
    )
  })

  it('gives apart what two values of a chunk share', () => {
    const data = { x: 1 }
    const crossed = cross([1, 2, 3].map((id) => ({ id, data }))) as { data: object }[]
    expect(crossed[0]?.data).toEqual(data)
    expect(crossed[0]?.data).not.toBe(crossed[1]?.data)
  })

  it('brings a thousand values, with a text that all have and one that changes once', () => {
    const values = Array.from({ length: 1024 }, (_, index) => ({
      service_id: 'pricing',
      request_id: `a-request-of-some-length-${index}`,
      side: index < 700 ? 'buy' : index === 700 ? '' : 'sell',
      data: { x: index / 7, more: { on: index % 2 === 0 } },
    }))
    expect(cross(values)).toStrictEqual(values)
  })

  it('joins texts in pieces, so that a text that is kept keeps little', () => {
    const values = Array.from({ length: 1024 }, (_, index) => ({ text: `${index}`.padStart(20 + (index % 5), '-') }))
    values.push({ text: 'x'.repeat(5000) })
    const chunk = encodeChunk(values, new ShapeCodecs())
    expect(chunk?.pieces.map((piece) => piece.length).filter((length) => length > 1024)).toEqual([5000])
    expect(cross(values)).toStrictEqual(values)
  })

  it('leaves it at a member of Object.prototype that is enumerable', () => {
    const codecs = new ShapeCodecs()
    const values = [1, 2, 3].map((a) => ({ a, b: 2 }))
    expect(cross(values, codecs)).toBeDefined()
    const prototype = Object.prototype as unknown as Record<string, unknown>
    prototype['b'] = 2
    try {
      expect(cross([1, 2, 3].map((a) => ({ a })) as never, codecs)).toBeUndefined()
      expect(cross(values, new ShapeCodecs())).toBeUndefined()
    } finally {
      delete prototype['b']
    }
  })

  it('tries less and less often while tries are in vain', () => {
    let walks = 0
    const codecs = new ShapeCodecs()
    const odd = () => new Proxy({}, { getPrototypeOf: () => null })
    const learn = codecs.learn.bind(codecs)
    codecs.learn = (value) => {
      walks++
      return learn(value)
    }
    for (let chunk = 0; chunk < 2000; chunk++) encodeChunk([odd(), odd(), odd()], codecs)
    expect(walks).toBeLessThan(20)
  })

  it('gives up on a service whose values never have a shape twice', () => {
    const codecs = new ShapeCodecs()
    const chunk = (index: number) => [1, 2, 3].map((value) => ({ [`key${index}`]: value }))
    for (let index = 0; index < 200; index++) encodeChunk(chunk(index), codecs)
    expect(encodeChunk(chunk(1000), codecs)).toBeUndefined()
  })
})
