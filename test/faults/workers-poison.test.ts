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
const SLICE_MS = 500
// The default.
const MAX_RESTARTS = 10

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'ok',
    ({ code }: TroupeError) => code,
  )
}

/** How many steady contexts end in each slice of so much time while `beside` goes on. */
async function doneBeside(supervisor: Supervisor, slices: number, beside = async () => {}): Promise<number[]> {
  const began = performance.now()
  const done = Array<number>(slices).fill(0)
  const runner = async () => {
    for (let slice = 0; slice < slices; slice = Math.floor((performance.now() - began) / SLICE_MS)) {
      await supervisor.execute(steady)
      done[slice]!++
    }
  }
  await Promise.all([...Array.from({ length: 2 * WORKERS }, runner), beside()])
  return done
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!
}

test('W04 a service that crashes at each call is soon refused, and leaves the others 80 % of their rate', async () => {
  // Long enough for all restarts, however slow each is: only those within it count.
  const pools = { default: { within_ms: 60_000 } }
  await withTail({ services, pools }, { workers: WORKERS }, async (supervisor) => {
    const calm = () => doneBeside(supervisor, 3)
    const before = await calm()
    const codes: string[] = []
    const during = await doneBeside(supervisor, 40, async () => {
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
    // Of slices the middle one, since the machine may stand still for some of them.
    expect(median(during)).toBeGreaterThanOrEqual(0.8 * median([...before, ...after]))
  })
}, 120_000)

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
})
