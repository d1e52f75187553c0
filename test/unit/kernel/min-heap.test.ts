import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MinHeap } from '../../../src/kernel/min-heap.ts'

fc.configureGlobal({ seed: 20260103 })

const keys = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true })), { maxLength: 200 })

function heapOf(numbers: readonly number[]): MinHeap<{ readonly key: number }> {
  const heap = new MinHeap<{ readonly key: number }>((item) => item.key)
  for (const key of numbers) heap.push({ key })
  return heap
}

/** Everything, in the order in which it comes out. */
function drained(heap: MinHeap<{ readonly key: number }>): number[] {
  const out: number[] = []
  for (let size = heap.size; size > 0; size--) {
    const peeked = heap.peek()
    const popped = heap.pop()!
    expect(popped).toBe(peeked)
    expect(heap.size).toBe(size - 1)
    out.push(popped.key)
  }
  expect(heap.peek()).toBeUndefined()
  expect(heap.pop()).toBeUndefined()
  return out
}

// Not by subtraction: infinite keys are told apart too.
const ascending = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0)

describe('MinHeap', () => {
  it('gives its items back in the order of their keys', () => {
    fc.assert(
      fc.property(keys, (numbers) => {
        expect(drained(heapOf(numbers)).map((key) => key + 0)).toEqual(
          numbers.toSorted(ascending).map((key) => key + 0),
        )
      }),
    )
  })

  it('has the least of what it holds in front while items come and go', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer(), { nil: 'pop' as const })), (steps) => {
        const heap = heapOf([])
        const model: number[] = []
        for (const step of steps) {
          if (step === 'pop') expect(heap.pop()?.key).toBe(model.shift())
          else {
            heap.push({ key: step })
            model.push(step)
          }
          model.sort(ascending)
          expect(heap.peek()?.key).toBe(model[0])
          expect(heap.size).toBe(model.length)
        }
      }),
    )
  })

  it('retain keeps what is wanted, in order, and nothing else', () => {
    fc.assert(
      fc.property(keys, fc.double({ noNaN: true }), (numbers, bound) => {
        const heap = heapOf(numbers)
        heap.retain(({ key }) => key < bound)
        expect(drained(heap).map((key) => key + 0)).toEqual(
          numbers
            .filter((key) => key < bound)
            .toSorted(ascending)
            .map((key) => key + 0),
        )
      }),
    )
  })
})
