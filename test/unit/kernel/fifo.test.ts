import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fifo } from '../../../src/kernel/fifo.ts'

fc.configureGlobal({ seed: 20260101 })

type Step =
  | { readonly kind: 'push' | 'unshift'; readonly items: readonly number[] }
  | { readonly kind: 'shift'; readonly count: number }
  | { readonly kind: 'takeAll' }
  | { readonly kind: 'retain'; readonly over: number }

const items = fc.array(fc.integer(), { maxLength: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('push' as const), items }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('shift' as const), count: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unshift' as const), items }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('takeAll' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retain' as const), over: fc.integer() }) },
)

function perform(fifo: Fifo<number>, model: number[], step: Step): void {
  switch (step.kind) {
    case 'push':
      for (const item of step.items) fifo.push(item)
      model.push(...step.items)
      return
    case 'shift':
      for (let count = 0; count < step.count; count++) expect(fifo.shift()).toBe(model.shift())
      return
    case 'unshift':
      fifo.unshift(step.items)
      model.unshift(...step.items)
      return
    case 'takeAll':
      expect(fifo.takeAll()).toEqual(model.splice(0))
      return
    case 'retain': {
      const kept = model.filter((item) => item > step.over)
      expect(fifo.retain((item) => item > step.over)).toBe(model.length - kept.length)
      model.splice(0, model.length, ...kept)
      return
    }
  }
}

function expectSame(fifo: Fifo<number>, model: readonly number[]): void {
  expect(fifo.length).toBe(model.length)
  expect(fifo.items()).toEqual(model)
  for (let offset = -2; offset < model.length + 2; offset++) expect(fifo.at(offset)).toBe(model[offset])
}

describe('Fifo', () => {
  it('does what an array does, in any sequence of steps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const fifo = new Fifo<number>()
        const model: number[] = []
        for (const one of steps) {
          perform(fifo, model, one)
          expectSame(fifo, model)
        }
      }),
    )
  })

  it('does so too where it lets go of the part that was taken', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 5000 }), fc.nat(5000), fc.array(step, { maxLength: 10 }), (...given) => {
        const [pushed, taken, steps] = given
        const fifo = new Fifo<number>()
        const model = Array.from({ length: pushed }, (_, index) => index)
        for (const item of model) fifo.push(item)
        const out = Array.from({ length: taken }, () => fifo.shift())
        expect(out.filter((item) => item !== undefined)).toEqual(model.splice(0, taken))
        for (const one of steps) perform(fifo, model, one)
        expect(fifo.length).toBe(model.length)
        expect(fifo.items()).toEqual(model)
        expect(fifo.at(model.length - 1)).toBe(model.at(-1))
      }),
      { numRuns: 40 },
    )
  })

  it('keeps what is handed out and what it holds apart', () => {
    const fifo = new Fifo<string>()
    const putBack = ['a', 'b']
    fifo.unshift(putBack)
    putBack.push('c')
    fifo.items().pop()
    expect(fifo.items()).toEqual(['a', 'b'])
    const taken = fifo.takeAll()
    fifo.push('d')
    expect(taken).toEqual(['a', 'b'])
  })
})
