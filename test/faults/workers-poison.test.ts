import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Context, Supervisor, TroupeError } from 'troupe'
import { withTail } from './tail.ts'

const module = './trying.mjs'
const services = {
  crashing: { module, class: 'Trying', config: {} },
  steady: { module, class: 'Trying', config: {}, preload: true },
}
const steady: Context = { service_id: 'steady', data: { acts: ['late'], ms: 5 } }
const crashing: Context = { service_id: 'crashing', data: { acts: ['exit'] } }
const WORKERS = 2
// The default.
const MAX_RESTARTS = 10

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'ok',
    ({ code }: TroupeError) => code,
  )
}

/** How many steady contexts end in a millisecond while `beside` goes on, for `ms` at least. */
async function rateBeside(supervisor: Supervisor, ms: number, beside: () => Promise<void>): Promise<number> {
  const began = performance.now()
  let done = 0
  const runner = async () => {
    while (performance.now() - began < ms) {
      await supervisor.execute(steady)
      done++
    }
  }
  await Promise.all([...Array.from({ length: 2 * WORKERS }, runner), beside()])
  return done / (performance.now() - began)
}

test('W04 a service that crashes at each call is soon refused, and leaves the others 80 % of their rate', async () => {
  await withTail({ services }, { workers: WORKERS }, async (supervisor) => {
    const calm = () => rateBeside(supervisor, 1_500, () => Promise.resolve())
    const before = await calm()
    const codes: string[] = []
    const during = await rateBeside(supervisor, 20_000, async () => {
      const all = Array.from({ length: 100 }, async () => codes.push(await codeOf(supervisor.execute(crashing))))
      await Promise.all(all)
      // Who is refused calls again.
      for (let n = 0; n < 100; n++) {
        codes.push(await codeOf(supervisor.execute(crashing)))
        await sleep(10)
      }
    })
    const after = await calm()
    const crashed = codes.filter((code) => code === 'WORKER_CRASHED')
    expect(codes.filter((code) => code === 'SERVICE_UNAVAILABLE')).toHaveLength(200 - crashed.length)
    // Those that were on their way when the first crashed, and then one at a time, until one is too many.
    expect(crashed.length).toBeLessThanOrEqual(MAX_RESTARTS + WORKERS)
    const ratio = during / ((before + after) / 2)
    expect(ratio).toBeGreaterThanOrEqual(0.8)
  })
}, 40_000)

test('W05 crashes that are further apart than the period never make a service unavailable', async () => {
  const pools = { default: { max_restarts: 1, within_ms: 200 } }
  await withTail({ services, pools }, { workers: 2 }, async (supervisor) => {
    let unavailable = false
    supervisor.on('service:quarantined', () => void (unavailable = true))
    for (let n = 0; n < 6; n++) {
      expect(await codeOf(supervisor.execute(crashing))).toBe('WORKER_CRASHED')
      await sleep(250)
    }
    expect(unavailable).toBe(false)
  })
}, 20_000)
