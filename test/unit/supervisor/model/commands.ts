import fc from 'fast-check'
import { vi } from 'vitest'
import type { Runtime } from '../../../../src/supervisor/runtime.ts'
import type { FakeEngine, FakeLane } from './fake-engine.ts'
import type { Reference } from './reference.ts'

/** The real thing: a runtime whose engine is fake. */
export interface Real {
  readonly runtime: Runtime
  readonly engine: FakeEngine
  readonly signals: Map<number, AbortController>
}

type Command = fc.AsyncCommand<Reference, Real>

/** Makes a command of what it does; afterwards everything that must hold is looked at. */
function command(name: string, run: (model: Reference, real: Real) => unknown): Command {
  return {
    check: () => true,
    async run(model, real) {
      await run(model, real)
      await turn()
      expectSound(model, real)
    },
    toString: () => name,
  }
}

/** Lets promises that are ready have their say; no time passes. */
export async function turn(): Promise<void> {
  for (let times = 0; times < 40; times++) await Promise.resolve()
}

/** Passes time, as the clock of a supervisor sees it. */
export async function pass(model: Reference, ms: number): Promise<void> {
  model.passed(performance.now() + ms)
  await vi.advanceTimersByTimeAsync(ms)
  await turn()
}

export function expectSound(model: Reference, { runtime, engine }: Real): void {
  const { problems } = model
  const stats = runtime.stats()
  for (const [service, { waiting, running, ...counts }] of Object.entries(stats.services)) {
    const should = model.waiting(service).length
    if (waiting !== should) problems.push(`${waiting} of ${service} wait, not ${should}`)
    const inFlight = model.unsettled.filter((entry) => entry.service === service).length - should
    if (running !== inFlight) problems.push(`${running} of ${service} are in flight, not ${inFlight}`)
    const ended = counts.ok + counts.failed + counts.timedOut + counts.cancelled
    if (counts.accepted !== ended + waiting + running) problems.push(`The counts of ${service} do not add up`)
    // One that took down a worker goes one by one, and leaves the last lane to others.
    const { suspect } = runtime.services.find(({ plan }) => plan.id === service)!
    const isFree = suspect ? engine.lanes.every(({ isIdle }) => isIdle) : engine.lanes.some(({ isIdle }) => isIdle)
    const aloneWaits = Object.keys(stats.services).every(
      (other) => other === service || model.waiting(other).length === 0,
    )
    if (should > 0 && engine.lanes.length > 0 && isFree && (!suspect || aloneWaits))
      problems.push(`${service} waits beside an idle lane`)
  }
  for (const { id } of model.overdue(performance.now())) problems.push(`${id} is past its limit`)
  for (const [id, how] of model.expected) {
    // How a context may time out is not yet how it must end.
    if (model.entries.get(id)!.settled === undefined && !how.some((one) => one.startsWith('TIMEOUT')))
      problems.push(`${id} has not settled as ${how.join(' or ')}`)
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

export function submit(model: Reference, real: Real, service: string, deadlineMs: number, timeoutMs: number): void {
  const id = model.entries.size
  const now = performance.now()
  model.submit(
    { id, service, deadlineAt: now + deadlineMs, timeoutMs, startedAt: undefined, isProbe: false, settled: undefined },
    now,
  )
  const controller = new AbortController()
  real.signals.set(id, controller)
  const options = { deadlineMs, timeoutMs, signal: controller.signal }
  const settle = (outcome: Parameters<Reference['settle']>[1]) => model.settle(id, outcome, performance.now())
  real.runtime.intake.submit({ service_id: service, id }, options, settle, 0)
}

/** The lane of that number, where there is one that has a thread. */
function laneAt({ engine }: Real, index: number): FakeLane | undefined {
  const { lanes } = engine
  return lanes[index % Math.max(lanes.length, 1)]
}

/** A lane's context ends, or the next one starts. */
export function advanceLane(model: Reference, lane: FakeLane, ok: boolean): void {
  if (lane.isKilled) return
  if (!lane.running) {
    lane.step()
    return
  }
  model.answered(lane.running.id, ok)
  lane.answer(ok)
}

const laneNumbers = fc.nat({ max: 2 })

export const commands = fc.commands(
  [
    fc
      .record({
        service: fc.constantFrom('a', 'b'),
        count: fc.integer({ min: 1, max: 4 }),
        deadlineMs: fc.constantFrom(60, 1_000, 60_000),
        timeoutMs: fc.constantFrom(150, 60_000),
      })
      .map(({ service, count, deadlineMs, timeoutMs }) =>
        command(`submit ${count} to ${service}, ${deadlineMs} ms, ${timeoutMs} ms a run`, (model, real) => {
          for (let n = 0; n < count; n++) submit(model, real, service, deadlineMs, timeoutMs)
        }),
      ),
    fc.tuple(laneNumbers, fc.boolean(), fc.integer({ min: 1, max: 5 })).map(([index, ok, times]) =>
      command(`lane ${index} goes on ${times} times, ${ok ? 'well' : 'failing'}`, async (model, real) => {
        for (let n = 0; n < times; n++) {
          const lane = laneAt(real, index)
          if (lane) advanceLane(model, lane, ok)
          await turn()
        }
      }),
    ),
    laneNumbers.map((index) =>
      command(`lane ${index} dies`, (model, real) => {
        const lane = laneAt(real, index)
        // One that was killed dies of that.
        if (!lane || lane.isKilled) return
        model.crashed(lane, performance.now())
        lane.die()
      }),
    ),
    fc.tuple(fc.constantFrom('a', 'b'), laneNumbers, fc.integer({ min: 1, max: 3 })).map(([service, index, times]) =>
      command(`${service} takes down lane ${index} ${times} times`, async (model, real) => {
        for (let n = 0; n < times; n++) {
          submit(model, real, service, 60_000, 60_000)
          await turn()
          const lane = laneAt(real, index)
          if (!lane || lane.isKilled) return
          while (!lane.running && lane.pending.length > 0) lane.step()
          model.crashed(lane, performance.now())
          lane.die()
          await turn()
        }
      }),
    ),
    fc.nat().map((number) =>
      command(`cancel ${number}`, (model, real) => {
        const { unsettled } = model
        const entry = unsettled[number % Math.max(unsettled.length, 1)]
        if (!entry) return
        model.cancelled(entry.id, performance.now())
        real.signals.get(entry.id)!.abort()
      }),
    ),
    fc.constantFrom(1, 30, 200, 11_000).map((ms) => command(`${ms} ms pass`, (model) => pass(model, ms))),
  ],
  { maxCommands: 60, size: 'max' },
)
