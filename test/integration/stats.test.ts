import { describe, expect, it } from 'vitest'
import { fixture, started } from '../fixtures/supervised.ts'

const root = fixture('.')
const services = {
  probe: { module: './probe.mjs', class: 'Probe' },
  echo: { module: './probe.mjs', class: 'Echo' },
}
const contextsOf = (service_id: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ service_id, request_id: `r-${index}`, data: { index } }))

describe.each(['threads', 'inline'] as const)('stats on %s', (engine) => {
  const options = { root, workers: 2, engine } as const

  it('says nothing of the cost of a service that has not run', async () => {
    const supervisor = await started({ services }, options)
    expect(supervisor.stats().services['echo']).toEqual({
      accepted: 0,
      ok: 0,
      failed: 0,
      timedOut: 0,
      cancelled: 0,
      done: 0,
      loads: 0,
      quarantines: 0,
      waiting: 0,
      running: 0,
      live: 0,
      retries: 0,
      rate: 0,
      wait: undefined,
      run: undefined,
      meanChunk: undefined,
      transportShare: undefined,
    })
  })

  it('says what quick contexts cost, which travel by many', async () => {
    const supervisor = await started({ services }, options)
    await supervisor.executeMany(contextsOf('echo', 20_000))
    await supervisor.executeMany(contextsOf('echo', 20_000))
    const { done, rate, wait, run, meanChunk, transportShare } = supervisor.stats().services['echo']!
    expect(done).toBe(40_000)
    expect(rate).toBeGreaterThan(1_000)
    expect(wait!.p50).toBeLessThanOrEqual(wait!.p90)
    expect(wait!.p90).toBeLessThanOrEqual(wait!.p99)
    expect(wait!.mean).toBeGreaterThan(0)
    expect(run!.mean).toBeGreaterThan(0)
    expect(run!.p50).toBeLessThan(1)
    expect(meanChunk).toBeGreaterThan(4)
    expect(transportShare).toBeGreaterThanOrEqual(0)
    expect(transportShare).toBeLessThanOrEqual(1)
  })

  it('says what long contexts cost, each by itself and without loading the component', async () => {
    const supervisor = await started({ services }, options)
    const naps = contextsOf('probe', 12).map((context) => ({ ...context, data: { act: 'nap', ms: 40 } }))
    for (const outcome of await supervisor.executeMany(naps)) expect(outcome).toMatchObject({ ok: true })
    const { run, wait, meanChunk, transportShare } = supervisor.stats().services['probe']!
    for (const ms of [run!.mean, run!.p50, run!.p90, run!.p99]) expect(ms).toBeGreaterThan(37)
    // Of the others one may have met a machine that had something else to do.
    expect(run!.p50).toBeLessThan(120)
    // With two workers, or one inline, most of them wait for others.
    expect(wait!.p90).toBeGreaterThan(37)
    expect(meanChunk).toBeLessThan(2)
    // Had the waiting counted, it would be 0.7 with two workers, and more inline.
    expect(transportShare).toBeLessThan(0.65)
  })

  it('counts the time of what failed', async () => {
    const supervisor = await started({ services }, options)
    const throwing = { service_id: 'probe', data: { act: 'throw' } }
    await expect(supervisor.execute(throwing)).rejects.toMatchObject({ code: 'COMPONENT_FAILED' })
    const { done, failed, run } = supervisor.stats().services['probe']!
    expect({ done, failed, ran: run !== undefined }).toEqual({ done: 0, failed: 1, ran: true })
  })
})
