import { describe, expect, it } from 'vitest'
import { Mailbox } from '../../../src/kernel/mailbox.ts'
import { ContextWeight } from '../../../src/supervisor/context-weight.ts'

const KIB = 1024
const textOf = (bytes: number) => ({ service_id: 's', data: { text: 'x'.repeat(bytes) } })
const bufferOf = (bytes: number) => ({ service_id: 's', data: { buffer: new Uint8Array(bytes) } })

/** How many of `contexts` a mailbox takes before it refuses one. */
function takenOf(contexts: readonly { service_id: string }[], capacityBytes: number) {
  const mailbox = new Mailbox<never>(1_000, capacityBytes)
  const weight = new ContextWeight()
  const refused = contexts.findIndex((context) => weight.reserve(mailbox, context) === undefined)
  return { mailbox, weight, taken: refused < 0 ? contexts.length : refused }
}

describe('ContextWeight.reserve', () => {
  it('takes contexts up to the bytes of the mailbox by their average', () => {
    const { taken, mailbox } = takenOf(
      Array.from({ length: 200 }, () => textOf(10 * KIB)),
      1_000 * KIB,
    )
    expect(taken).toBeGreaterThan(95)
    expect(taken).toBeLessThan(101)
    expect(mailbox.bytes).toBeLessThanOrEqual(1_000 * KIB)
  })

  it('counts buffers exactly, whether or not a context is sampled', () => {
    const contexts = [textOf(10), textOf(10), bufferOf(600 * KIB), textOf(10), bufferOf(300 * KIB), bufferOf(200 * KIB)]
    expect(takenOf(contexts, 1_000 * KIB).taken).toBe(5)
  })

  it('takes a context that is larger than the mailbox where that is empty, and no other beside it', () => {
    for (const large of [bufferOf(2_000 * KIB), textOf(2_000 * KIB)]) {
      const { mailbox, weight, taken } = takenOf([large, large], 1_000 * KIB)
      expect(taken).toBe(1)
      mailbox.release('buffer' in large.data ? 2_000 * KIB : 0)
      expect(mailbox.taken).toBe(0)
      expect(weight.reserve(mailbox, large)).toBeDefined()
    }
  })

  it('gives back what it took', () => {
    const { mailbox, weight } = takenOf([], 1_000 * KIB)
    const buffers = [bufferOf(100), bufferOf(2_000), textOf(5)].map((context) => weight.reserve(mailbox, context)!)
    for (const bytes of buffers) mailbox.release(bytes)
    expect([mailbox.taken, mailbox.bytes]).toEqual([0, 0])
  })

  it('measures a context before it refuses it for its bytes, so that one large one does not shut the small ones out', () => {
    const { mailbox, weight } = takenOf([textOf(900 * KIB)], 1_000 * KIB)
    const small = Array.from({ length: 10 }, () => weight.reserve(mailbox, textOf(100)))
    expect(small.filter((reserved) => reserved === undefined).length).toBeLessThan(4)
  })
})
