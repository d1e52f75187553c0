import { expect, test } from 'vitest'
import { PollPolicy } from '../../../src/worker/poll-policy.ts'

const QUICKLY = 0.1
const SLOWLY = 1

/** A caller sends so many messages, each so long after the lane was done with the one before. */
function send(policy: PollPolicy, count: number, pauseMs: number): void {
  for (let message = 0; message < count; message++) {
    policy.idle(10 * message)
    policy.woken(10 * message + pauseMs)
  }
}

test('Polling is worth it after two back-to-back messages, and never at a slower pace', () => {
  const policy = new PollPolicy(2)
  expect(policy.worthIt).toBe(false)
  send(policy, 100, SLOWLY)
  expect(policy.worthIt).toBe(false)
  send(policy, 1, QUICKLY)
  expect(policy.worthIt).toBe(false)
  send(policy, 1, QUICKLY)
  expect(policy.worthIt).toBe(true)
  send(policy, 1, SLOWLY)
  expect(policy.worthIt).toBe(false)
})

test('Where polling brought nothing, it takes two back-to-back messages again', () => {
  const policy = new PollPolicy(2)
  send(policy, 100, QUICKLY)
  policy.missed()
  send(policy, 1, QUICKLY)
  expect(policy.worthIt).toBe(false)
  send(policy, 1, QUICKLY)
  expect(policy.worthIt).toBe(true)
})

test('On one core polling is never worth it: it would keep the caller from sending', () => {
  const policy = new PollPolicy(1)
  send(policy, 1_000, QUICKLY)
  expect(policy.worthIt).toBe(false)
})
