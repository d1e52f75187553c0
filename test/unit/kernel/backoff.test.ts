import { describe, expect, it } from 'vitest'
import { Backoff } from '../../../src/kernel/backoff.ts'

/** How many times it is passed over before it is due again. */
function skipped(backoff: Backoff): number {
  let count = 0
  while (!backoff.isDue) count++
  return count
}

describe('Backoff', () => {
  it('is due at first, and for as long as nothing was in vain', () => {
    const backoff = new Backoff()
    backoff.hit()
    expect([skipped(backoff), skipped(backoff)]).toEqual([0, 0])
  })

  it('passes over twice as many tries after each that was in vain, up to 256', () => {
    const backoff = new Backoff()
    const counts = Array.from({ length: 11 }, () => {
      backoff.miss()
      return skipped(backoff)
    })
    expect(counts).toEqual([1, 3, 7, 15, 31, 63, 127, 255, 256, 256, 256])
    for (let time = 0; time < 2000; time++) backoff.miss()
    expect(skipped(backoff)).toBe(256)
  })

  it('begins anew after a try that was not in vain', () => {
    const backoff = new Backoff()
    for (let time = 0; time < 5; time++) backoff.miss()
    skipped(backoff)
    backoff.hit()
    backoff.miss()
    expect(skipped(backoff)).toBe(1)
  })
})
