import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { registerEngine } from '../../../src/supervisor/engine-table.ts'
import { makeLasting } from '../../../src/supervisor/lasting.ts'
import { Runtime } from '../../../src/supervisor/runtime.ts'
import { readPlan } from '../../../src/supervisor/service-registry.ts'
import { type Real, advanceLane, commands, expectSound, pass, turn } from './model/commands.ts'
import { FakeEngine } from './model/fake-engine.ts'
import { LIMITS, Reference } from './model/reference.ts'

const service = { module: 'troupe:echo', class: 'Echo', mailbox: LIMITS.mailbox, grace_ms: LIMITS.graceMs }
const config = {
  pools: { default: { max_restarts: LIMITS.maxRestarts, within_ms: LIMITS.withinMs } },
  services: { a: service, b: service },
}
const ignored = () => {}
const logger = { trace: ignored, debug: ignored, info: ignored, warn: ignored, error: ignored, fatal: ignored }

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }),
)
afterEach(() => void vi.useRealTimers())

async function setUp(): Promise<{ model: Reference; real: Real }> {
  const model = new Reference()
  const engine = new FakeEngine(model)
  model.lanes = () => engine.lanes
  registerEngine('threads', async () => engine)
  const options = { workers: 2, logger: { ...logger, isLevelEnabled: () => false } }
  const runtime = await Runtime.create(
    await readPlan(config, options),
    makeLasting(options, () => undefined),
  )
  await runtime.start()
  return { model, real: { runtime, engine, signals: new Map() } }
}

/** Lets every lane run what it has, until all has settled, and ends them. */
async function windUp(model: Reference, real: Real): Promise<void> {
  for (let rounds = 0; model.unsettled.length > 0 && rounds < 500; rounds++) {
    for (const lane of real.engine.lanes) advanceLane(model, lane, true)
    await turn()
    await pass(model, 30)
    expectSound(model, real)
  }
  expect(model.unsettled).toEqual([])
  const closing = real.runtime.close(0)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await closing).toMatchObject({ zombies: 0 })
  expect(vi.getTimerCount()).toBe(0)
}

test('mailboxes, dispatch, limits, restarts and quarantine do what a simple reference says, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const { model, real } = await setUp()
      await fc.asyncModelRun(() => ({ model, real }), sequence)
      await windUp(model, real)
    }),
    { seed: 20_260_101, numRuns: 300 },
  )
}, 60_000)
