import { setImmediate as laterTurn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { PollPolicy } from '../../../src/worker/poll-policy.ts'
import { StayAwake } from '../../../src/worker/stay-awake.ts'

const { port1, port2 } = new MessageChannel()
afterEach(() => {
  port1.close()
  port2.close()
})

function callBackToBack(policy: PollPolicy, count: number): void {
  for (let call = 0; call < count; call++) {
    policy.idle(call)
    policy.woken(call)
  }
}

test('A message that comes by the event of the port while the lane stays awake counts as found', async () => {
  const policy = new PollPolicy()
  const awake = new StayAwake(port1, policy, () => expect.unreachable('no message was sent'))

  for (let streak = 0; streak < 3; streak++) {
    callBackToBack(policy, 2)
    expect(policy.worthIt).toBe(true)
    awake.touch(performance.now())
    awake.touch(performance.now())
    while (policy.worthIt) await laterTurn()
  }
})
