import { describe, expect, it } from 'vitest'
import { mayTry } from '../../../src/supervisor/suspicion.ts'

const calm = { lanes: 2, workers: 2, running: 0, othersWait: false }

describe('mayTry', () => {
  it.each([
    ['one context, while all lanes are up', calm, true],
    ['no second one beside it', { ...calm, running: 1 }, false],
    ['one context, while others wait and have another lane', { ...calm, othersWait: true }, true],
    ['none, while others wait for the last lane', { ...calm, lanes: 1, othersWait: true }, false],
    ['one context on the last lane, while nobody else wants it', { ...calm, lanes: 1 }, true],
    [
      'one context on the only lane of a pool, for all shares that',
      { ...calm, lanes: 1, workers: 1, othersWait: true },
      true,
    ],
  ])('lets a service that took down a worker try %s', (_, situation, expected) => {
    expect(mayTry(situation)).toBe(expected)
  })
})
