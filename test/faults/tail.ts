import { copyFileSync, existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type CloseReport, type Context, type Outcome, type StartOptions, type Stats, Supervisor } from 'troupe'
import { expect } from 'vitest'
import { inCleanProcess } from './clean-process.ts'
import { nextEvent } from './next-event.ts'

const FIXTURES = resolve('test/fixtures')
const CONTROL = { module: './control.mjs', class: 'Control', preload: true }
const CONTROLS = 20
const REFILL_MS = 20_000

/** A configuration as an object. Middleware that must not meet the control contexts excludes `control` by its scope. */
export interface TailConfig {
  readonly services: Readonly<Record<string, object>>
  readonly [field: string]: unknown
}

export interface TailOptions extends StartOptions {
  /** Run to their end before the row and its controls, so that services are loaded and their cost is known. */
  readonly warmUp?: readonly Context[]
}

/**
 * Starts a supervisor, runs one row of the fault matrix on it, and then expects what holds after every row: every
 * context settled once, the counts add up, the neighbours of the fault got their right values, the pool is back at its
 * size, and after `close()` nothing is left.
 *
 * @param options `root` is `test/fixtures` by default; records are not written unless there is a `logger`.
 */
export async function withTail(
  config: TailConfig,
  options: TailOptions,
  row: (supervisor: Supervisor) => Promise<void>,
): Promise<void> {
  const { warmUp = [], ...start } = { root: FIXTURES, ...(options.logger ? {} : { logLevel: 'silent' }), ...options }
  const control = join(start.root, 'control.mjs')
  if (!existsSync(control)) copyFileSync(join(FIXTURES, 'control.mjs'), control)
  await inCleanProcess(async () => {
    const services = { ...config.services, control: CONTROL }
    const supervisor = await Supervisor.start({ ...config, services }, start as StartOptions)
    let closed: CloseReport
    try {
      const settlements = countSettlements(supervisor)
      const { pools } = supervisor.stats()
      for (const outcome of await supervisor.executeMany(warmUp)) expect(outcome).toMatchObject({ ok: true })
      const before = supervisor.executeMany(controls())
      await row(supervisor)
      expectControls(await before)
      expectControls(await supervisor.executeMany(controls()))
      await refilled(supervisor, pools)
      expectCounts(supervisor.stats(), settlements)
    } finally {
      closed = await supervisor.close()
    }
    expect(closed).toMatchObject({ cutOff: { waiting: 0, running: 0 }, zombies: 0 })
  })
}

function controls(): Context[] {
  return Array.from({ length: CONTROLS }, (_, data) => ({ service_id: 'control', data }))
}

function expectControls(outcomes: readonly Outcome[]): void {
  const prototype = Reflect.ownKeys(Object.prototype).map(String)
  expect(outcomes).toEqual(
    controls().map(({ data }) => ({
      ok: true,
      value: { square: (data as number) ** 2, prototype, threadId: expect.any(Number) },
    })),
  )
}

/** How often each request was accepted, and how often it settled. */
function countSettlements(supervisor: Supervisor) {
  const accepted = new Map<string, number>()
  const settled = new Map<string, number>()
  const count = (counts: Map<string, number>, id: string) => void counts.set(id, (counts.get(id) ?? 0) + 1)
  supervisor.on('context:accepted', ({ requestId }) => count(accepted, requestId))
  supervisor.on('context:settled', ({ requestId }) => count(settled, requestId))
  return { accepted, settled }
}

function expectCounts(stats: Stats, { accepted, settled }: ReturnType<typeof countSettlements>): void {
  expect(settled).toEqual(accepted)
  expect(stats.accepted).toBe([...accepted.values()].reduce((sum, times) => sum + times, 0))
  for (const counts of [stats, ...Object.values(stats.services)]) {
    expect(counts.accepted).toBe(counts.ok + counts.failed + counts.timedOut + counts.cancelled)
  }
  for (const { waiting, running } of Object.values(stats.services)) {
    expect({ waiting, running }).toEqual({ waiting: 0, running: 0 })
  }
}

async function refilled(supervisor: Supervisor, pools: Stats['pools']): Promise<void> {
  const until = performance.now() + REFILL_MS
  const missing = () =>
    Object.entries(pools).filter(([name, { workers }]) => supervisor.stats().pools[name]?.workers !== workers)
  while (missing().length > 0) await nextEvent(supervisor, 'worker:started', undefined, until - performance.now())
}
