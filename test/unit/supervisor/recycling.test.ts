import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allowanceOf, chooseRecycled } from '../../../src/supervisor/recycling.ts'

fc.configureGlobal({ seed: 20260111 })

const limits = { recycleAfter: 10, recycleAtMb: 100 }
const worker = (used: number, memoryMb = 0) => ({ used, memoryMb })

describe('chooseRecycled', () => {
  test.each([
    ['nobody below both limits', [worker(9, 99), worker(0, 0)], undefined],
    ['one that has run as much as it may', [worker(9), worker(10)], 1],
    ['one that has grown as far as it may', [worker(1, 100), worker(2, 99)], 0],
    ['the one farthest past a limit', [worker(11), worker(2, 150), worker(14)], 1],
    ['the first of equals', [worker(12), worker(12)], 0],
    ['nobody that has run nothing, however large it is', [worker(0, 900)], undefined],
    ['nobody of none', [], undefined],
  ])('chooses %s', (_what, workers, chosen) => {
    expect(chooseRecycled(workers, limits)).toBe(chosen === undefined ? undefined : workers[chosen])
  })

  test('knows no limit that is not set', () => {
    const old = [worker(1e9, 1e9)]
    expect(chooseRecycled(old, { recycleAfter: undefined, recycleAtMb: undefined })).toBe(undefined)
    expect(chooseRecycled(old, { recycleAfter: 10, recycleAtMb: undefined })).toBe(old[0])
    expect(chooseRecycled(old, { recycleAfter: undefined, recycleAtMb: 10 })).toBe(old[0])
  })
})

describe('allowanceOf', () => {
  test('is the limit, and more only for one that has reached it and has to wait for its turn', () => {
    expect(allowanceOf(9, true, limits)).toBe(10)
    expect(allowanceOf(10, false, limits)).toBe(10)
    expect(allowanceOf(10, true, limits)).toBe(19)
    expect(allowanceOf(19, true, limits)).toBe(19)
  })

  test('is never more than one context where that is the limit', () => {
    for (const used of [0, 1]) expect(allowanceOf(used, true, { recycleAfter: 1, recycleAtMb: undefined })).toBe(1)
  })

  test('is without end where there is no limit', () => {
    expect(allowanceOf(5, false, { recycleAfter: undefined, recycleAtMb: 1 })).toBe(Infinity)
  })

  test('lets a worker of any history run less than twice the limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.boolean(), { maxLength: 200 }),
        (recycleAfter, turns) => {
          let used = 0
          for (const mustWait of turns) if (used < allowanceOf(used, mustWait, { recycleAfter, recycleAtMb: 1 })) used++
          expect(used).toBeLessThan(2 * recycleAfter)
        },
      ),
    )
  })
})
