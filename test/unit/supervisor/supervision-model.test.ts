import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { registerEngine } from '../../../src/supervisor/engine-table.ts'
import { makeLasting } from '../../../src/supervisor/lasting.ts'
import { Runtime } from '../../../src/supervisor/runtime.ts'
import { readPlan } from '../../../src/supervisor/service-registry.ts'
import { type Real, advanceLane, commands, expectSound, pass, turn } from './model/commands.ts'
import { Dice } from './model/dice.ts'
import { FakeEngine } from './model/fake-engine.ts'
import { Reference } from './model/reference.ts'
import { LIMITS, config } from './model/rules.ts'

const ignored = () => {}
const logger = { trace: ignored, debug: ignored, info: ignored, warn: ignored, error: ignored, fatal: ignored }

const dice = { current: new Dice() }
const clock = { model: undefined as Reference | undefined }
const seen = new Set<string>()

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  // The supervisor has one clock, which looks now and then; the reference hears of it first.
  const every = globalThis.setInterval
  vi.stubGlobal('setInterval', (look: () => void, ms: number) =>
    every(() => {
      if (ms === LIMITS.tickMs) clock.model?.tick(performance.now())
      look()
    }, ms),
  )
  vi.spyOn(Math, 'random').mockImplementation(() => dice.current.roll())
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function setUp(): Promise<{ model: Reference; real: Real }> {
  // What a run that failed has left, so that a smaller one fails for its own sake.
  vi.clearAllTimers()
  dice.current = new Dice()
  const model = new Reference(dice.current, seen)
  clock.model = model
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
  for (let rounds = 0; model.unsettled.size > 0 && rounds < 500; rounds++) {
    for (const lane of real.engine.lanes) advanceLane(model, lane, 'well')
    await turn()
    await pass(30)
    expectSound(model, real)
  }
  expect([...model.unsettled]).toEqual([])
  const closing = real.runtime.close(0)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await closing).toMatchObject({ zombies: 0 })
  expect(vi.getTimerCount()).toBe(0)
}

test('mailboxes, limits, restarts, quarantine, retries and circuits do what a simple reference says, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const { model, real } = await setUp()
      await fc.asyncModelRun(() => ({ model, real }), sequence)
      await windUp(model, real)
    }),
    { seed: 20_260_101, numRuns: 150 },
  )
  // It says nothing of what never came to pass.
  expect([...seen].toSorted()).toMatchInlineSnapshot(`
    [
      "CIRCUIT_OPEN ends one that waits for its first attempt",
      "CIRCUIT_OPEN ends one that waits for its next attempt",
      "SERVICE_UNAVAILABLE ends one that waits for its first attempt",
      "SERVICE_UNAVAILABLE ends one that waits for its next attempt",
      "a circuit refuses",
      "a context is poison",
      "a probe ends with CANCELLED",
      "a probe ends with COMPONENT_FAILED",
      "a probe ends with OUTPUT_INVALID",
      "a probe ends with RATE_LIMITED",
      "a probe ends with TIMEOUT",
      "a probe ends with WORKER_CRASHED",
      "a probe ends with success",
      "an attempt could only be refused",
      "an attempt that is due is refused",
      "an attempt waits for the one before it to end",
      "an attempt would be past the deadline",
      "attempts are used up",
      "one that was tried before ends in line",
    ]
  `)
}, 60_000)
