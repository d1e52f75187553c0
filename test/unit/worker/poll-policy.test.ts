import { expect, test } from 'vitest'
import { PollPolicy } from '../../../src/worker/poll-policy.ts'

const QUICKLY = 0.1
const SLOWLY = 1

/** How many back-to-back messages it takes until polling is worth it. */
function messagesUntilWorthIt(policy: PollPolicy, most = 10_000): number {
  let count = 0
  for (; !policy.worthIt && count < most; count++) {
    policy.idle(count)
    policy.woken(count + QUICKLY)
  }
  return count
}

test('Polling is worth it after two back-to-back messages, and never at a slower pace', () => {
  const policy = new PollPolicy()
  expect(policy.worthIt).toBe(false)
  for (let message = 0; message < 100; message++) {
    policy.idle(10 * message)
    policy.woken(10 * message + SLOWLY)
    expect(policy.worthIt).toBe(false)
  }
  expect(messagesUntilWorthIt(policy)).toBe(2)
})

test('Polling that brings nothing time and again is tried ever more rarely, up to a bound', () => {
  const policy = new PollPolicy()
  const counts = Array.from({ length: 10 }, () => {
    const count = messagesUntilWorthIt(policy)
    policy.missed()
    return count
  })
  expect(counts).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 256, 256])
})

test('Bursts that end are no reason to poll more rarely, and one that is found makes up for all misses', () => {
  const policy = new PollPolicy()
  for (let miss = 0; miss < 5; miss++) {
    messagesUntilWorthIt(policy)
    policy.missed()
  }
  messagesUntilWorthIt(policy)
  for (let burst = 0; burst < 3; burst++) {
    policy.found()
    policy.missed()
    expect(messagesUntilWorthIt(policy)).toBe(2)
  }
})

test('Each pause of the caller halves how rarely polling is tried: one that comes back is polled for again', () => {
  const policy = new PollPolicy()
  for (let miss = 0; miss < 7; miss++) {
    messagesUntilWorthIt(policy)
    policy.missed()
  }
  const counts = Array.from({ length: 8 }, (_, pause) => {
    policy.idle(1_000_000 * (pause + 1))
    policy.woken(1_000_000 * (pause + 1) + 20)
    return messagesUntilWorthIt(policy, 10_000)
  })
  expect(counts).toEqual([128, 64, 32, 16, 8, 4, 2, 2])
})
