import fc from 'fast-check'
import { vi } from 'vitest'
import type { Outcome } from '../../../../src/contract/outcome.ts'
import type { Runtime } from '../../../../src/supervisor/runtime.ts'
import type { FakeEngine, FakeLane } from './fake-engine.ts'
import { Entry, type Reference } from './reference.ts'
import { ANSWERS, type Answer, BREAKER, SERVICES } from './rules.ts'

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
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await turn()
}

export function expectSound(model: Reference, { runtime, engine }: Real): void {
  const { problems } = model
  for (const { id, expected } of model.unsettled) {
    if (expected.length > 0) problems.push(`${id} has not settled as ${expected.join(' or ')}`)
  }
  const stats = runtime.stats()
  for (const service of runtime.services) {
    const { id } = service.plan
    const real = stats.services[id]!
    const waiting = model.waiting(id).length
    const running = model.live.filter((entry) => entry.service === id).length - waiting
    const should = { ...model.counts.get(id)!, waiting, running, breaker: model.circuits.get(id)?.state }
    for (const [name, count] of Object.entries(should)) {
      const is = real[name as keyof typeof should]
      if (is !== count) problems.push(`${name} of ${id} is ${is}, not ${count}`)
    }
    const { taken } = runtime.pool(service).mailbox(service, { service_id: id })
    if (taken !== waiting) problems.push(`${taken} places of ${id} are taken by ${waiting}`)
    if (waiting === 0 || model.queued(id).length === 0 || engine.lanes.length === 0) continue
    // One that took down a worker goes one by one, and leaves the last lane to others.
    const isTaken = service.suspect
      ? engine.lanes.some(({ isIdle }) => !isIdle)
      : engine.lanes.every(({ isIdle }) => !isIdle)
    const othersWait = () => SERVICES.some((other) => other !== id && model.queued(other).length > 0)
    if (!isTaken && !(service.suspect && othersWait())) problems.push(`${id} waits beside an idle lane`)
  }
  for (const { id } of model.overdue(performance.now())) problems.push(`${id} is past its limit`)
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

export function submit(model: Reference, real: Real, service: string, deadlineMs: number, timeoutMs: number): Entry {
  const id = model.entries.size
  const now = performance.now()
  const entry = new Entry(id, service, now + deadlineMs, timeoutMs)
  model.submit(entry, now)
  const controller = new AbortController()
  real.signals.set(id, controller)
  const options = { deadlineMs, timeoutMs, signal: controller.signal }
  const settle = (outcome: Outcome) => model.settle(id, outcome)
  real.runtime.intake.submit({ service_id: service, id }, options, settle, 0)
  return entry
}

/** The lane of that number, where there is one that has a thread. */
function laneAt({ engine }: Real, index: number): FakeLane | undefined {
  const { lanes } = engine
  return lanes[index % Math.max(lanes.length, 1)]
}

/** A lane's context ends, or the next one starts. */
export function advanceLane(model: Reference, lane: FakeLane, answer: Answer): void {
  if (lane.isKilled) return
  if (!lane.running) {
    lane.step()
    return
  }
  model.answered(lane, ANSWERS[answer])
  lane.answer(ANSWERS[answer])
}

/** Lets the lane that was sent a context come to it; `undefined` where none was. */
async function runOf({ engine }: Real, model: Reference, { id }: Entry): Promise<FakeLane | undefined> {
  const lane = engine.lanes.find((one) => !one.isKilled && one.holds(id))
  while (lane && lane.running?.id !== id && !lane.isKilled) {
    advanceLane(model, lane, 'well')
    await turn()
  }
  return lane?.running?.id === id ? lane : undefined
}

/** Submits a context whose first attempt ends with that answer. */
async function fail(model: Reference, real: Real, service: string, deadlineMs: number, answer: Answer): Promise<void> {
  const entry = submit(model, real, service, deadlineMs, 60_000)
  await turn()
  const lane = await runOf(real, model, entry)
  if (lane) advanceLane(model, lane, answer)
  await turn()
}

function cancel(model: Reference, real: Real, { id }: Entry): void {
  model.cancelled(id)
  real.signals.get(id)!.abort()
}

const laneNumbers = fc.nat({ max: 2 })
const services = fc.constantFrom(...SERVICES)
const answers = fc.constantFrom(...(Object.keys(ANSWERS) as Answer[]), 'well' as const)
const DIES = 'dying'
const HANGS = 'hanging'
const fates = fc.constantFrom(...(Object.keys(ANSWERS) as Answer[]), 'failing' as const, DIES, DIES, HANGS)

export const commands = fc.commands(
  [
    fc
      .record({
        service: services,
        count: fc.integer({ min: 1, max: 4 }),
        deadlineMs: fc.constantFrom(60, 400, 1_000, 60_000),
        timeoutMs: fc.constantFrom(150, 60_000),
      })
      .map(({ service, count, deadlineMs, timeoutMs }) =>
        command(`submit ${count} to ${service}, ${deadlineMs} ms, ${timeoutMs} ms a run`, (model, real) => {
          for (let n = 0; n < count; n++) submit(model, real, service, deadlineMs, timeoutMs)
        }),
      ),
    fc.tuple(laneNumbers, answers, fc.integer({ min: 1, max: 5 })).map(([index, answer, times]) =>
      command(`lane ${index} goes on ${times} times, ${answer}`, async (model, real) => {
        for (let n = 0; n < times; n++) {
          const lane = laneAt(real, index)
          if (lane) advanceLane(model, lane, answer)
          await turn()
        }
      }),
    ),
    laneNumbers.map((index) =>
      command(`lane ${index} dies`, (_model, real) => {
        const lane = laneAt(real, index)
        // One that was killed dies of that.
        if (lane?.isKilled === false) lane.die()
      }),
    ),
    fc.tuple(services, laneNumbers, fc.integer({ min: 1, max: 3 })).map(([service, index, times]) =>
      command(`${service} takes down lane ${index} ${times} times`, async (model, real) => {
        for (let n = 0; n < times; n++) {
          submit(model, real, service, 60_000, 60_000)
          await turn()
          const lane = laneAt(real, index)
          if (!lane || lane.isKilled) return
          while (!lane.running && lane.pending.length > 0) lane.step()
          lane.die()
          await turn()
        }
      }),
    ),
    fc.tuple(services, fc.array(fates, { minLength: 1, maxLength: 4 })).map(([service, attempts]) =>
      command(`one of ${service} goes on ${attempts.join(', ')}`, async (model, real) => {
        const entry = submit(model, real, service, 60_000, 150)
        for (const fate of attempts) {
          await turn()
          const lane = await runOf(real, model, entry)
          if (!lane) return
          if (fate === DIES) lane.die()
          else if (fate === HANGS) await pass(175)
          else advanceLane(model, lane, fate)
          // Up to the next attempt, if there is to be one.
          while (entry.dueAt !== undefined && entry.settled === undefined) await pass(30)
        }
      }),
    ),
    fc.tuple(services, fates, fc.boolean()).map(([service, fate, isCancelled]) =>
      command(
        `four of ${service} fail, and one later ${isCancelled ? 'is cancelled' : `goes on ${fate}`}`,
        async (model, real) => {
          for (let n = 0; n < 4; n++) await fail(model, real, service, 60_000, 'failing for good')
          await pass(BREAKER.openMs)
          const entry = submit(model, real, service, 60_000, 60_000)
          await turn()
          const lane = await runOf(real, model, entry)
          if (!lane) return
          if (isCancelled) cancel(model, real, entry)
          else if (fate === DIES) lane.die()
          else if (fate !== HANGS) advanceLane(model, lane, fate)
        },
      ),
    ),
    services.map((service) =>
      command(`two of ${service} fail and find the lanes taken`, async (model, real) => {
        for (let n = 0; n < 2; n++) await fail(model, real, service, 400, 'failing')
        for (let n = 0; n < 2; n++) {
          const entry = submit(model, real, 'plain', 60_000, 60_000)
          await turn()
          await runOf(real, model, entry)
        }
        await pass(450)
      }),
    ),
    services.map((service) =>
      command(`one of ${service} fails, and others are cut off where it ran`, async (model, real) => {
        await fail(model, real, service, 60_000, 'failing')
        for (let n = 0; n < 2; n++) {
          const entry = submit(model, real, 'plain', 60_000, 60_000)
          await turn()
          if (await runOf(real, model, entry)) cancel(model, real, entry)
        }
        await pass(90)
      }),
    ),
    fc.nat().map((number) =>
      command(`cancel ${number}`, (model, real) => {
        const { live } = model
        const entry = live[number % Math.max(live.length, 1)]
        if (entry) cancel(model, real, entry)
      }),
    ),
    fc.constantFrom(1, 30, 200, 500, 2_500, 11_000).map((ms) => command(`${ms} ms pass`, () => pass(ms))),
  ],
  { maxCommands: 60, size: 'max' },
)
