import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EventMap, Supervisor } from 'troupe'
import { Ledger } from '../fixtures/ledger.mjs'
import { ACTORS, type Subject, endOf, livesIn, subjects } from '../fixtures/actors/subject.ts'
import { failureOf } from '../fixtures/supervised.ts'
import { engines } from './batches.ts'
import { inCleanProcess } from './clean-process.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => {
  ledger = Ledger.make()
})
afterEach(() => ledger.remove())

/** What happened to instances, as `event key`, in order. */
function happened(...events: string[]): string[] {
  const lives = livesIn(ledger).filter(({ event }) => events.includes(event))
  return lives.map(({ event, key }) => `${event} ${key}`)
}

function restartsOf(supervisor: Supervisor): EventMap['actor:restarted'][] {
  const restarts: EventMap['actor:restarted'][] = []
  supervisor.on('actor:restarted', (event) => void restarts.push(event))
  return restarts
}

describe.each(engines)('on %s', (engine) => {
  test.each([
    ['resume', [1, 'COMPONENT_FAILED', 102, 103], 0],
    ['restart', [1, 'COMPONENT_FAILED', 1, 2], 1],
    ['stop', [1, 'COMPONENT_FAILED', 'ACTOR_STOPPED', 'ACTOR_STOPPED'], 0],
  ])('A02 policy %s: a method that throws among four messages gives %j', async (policy, expected, restarted) => {
    const services = { subject: subjects({ policy, backoff_ms: 1 }) }
    await withTail({ services }, { engine }, async (supervisor) => {
      const restarts = restartsOf(supervisor)
      const actor = await supervisor.actor<Subject>('subject', 'failing')
      const calls = [actor.increment(), actor.fail(), actor.increment(), actor.increment()]
      const ended = await Promise.allSettled(calls)
      expect(ended.map((one) => (one.status === 'fulfilled' ? one.value : codeOf(one.reason)))).toEqual(expected)
      expect(restarts).toHaveLength(restarted)
    })
  })

  test('A04 an actor that cannot be made again is given up when its budget is used up', async () => {
    const services = {
      subject: subjects(
        { policy: 'restart', max_restarts: 3, backoff_ms: 1, backoff_max_ms: 2 },
        { ledger: ledger.file, failFrom: 2 },
      ),
    }
    await withTail({ services }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'failing')
      const end = endOf(supervisor, actor)
      const failing = failureOf(actor.fail())
      const waiting = Array.from({ length: 5 }, () => failureOf(actor.increment()))
      expect(await failing).toMatchObject({ code: 'COMPONENT_FAILED' })
      for (const one of waiting) {
        expect(await one).toMatchObject({
          code: 'ACTOR_STOPPED',
          outcome: 'not_started',
          cause: { code: 'COMPONENT_LOAD_FAILED' },
        })
      }
      expect(await end).toMatchObject({ reason: 'failed', error: { code: 'COMPONENT_LOAD_FAILED' } })
      expect(livesIn(ledger).filter(({ event }) => event === 'made')).toHaveLength(4)
    })
  })

  test('a first instance that cannot be made is the error of those who called, and the next call tries again', async () => {
    const services = { subject: subjects({}, { ledger: ledger.file, failFrom: 1 }) }
    await withTail({ services }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'never')
      for (const expected of [1, 2]) {
        const error = await failureOf(actor.increment())
        expect(error).toMatchObject({ code: 'COMPONENT_LOAD_FAILED', outcome: 'not_started' })
        expect(error.message).toContain(`construction ${expected} fails`)
      }
    })
  })

  test.each([
    ['one_for_one', 'b', 'b'],
    ['one_for_all', 'c b a', 'a b c'],
    ['rest_for_one', 'c b', 'b c'],
  ])('A05 %s: of a, b and c, b fails; %s stop and %s start', async (strategy, stops, starts) => {
    const actor = { policy: 'restart', backoff_ms: 1, group: 'all', strategy }
    await withTail(
      { services: { subject: subjects(actor, { ledger: ledger.file }) } },
      { engine },
      async (supervisor) => {
        const actors = await abc(supervisor)
        const before = await Promise.all(actors.map((one) => one.instance()))
        expect(await failureOf(actors[1]!.fail())).toMatchObject({ code: 'COMPONENT_FAILED' })
        const after = await Promise.all(actors.map((one) => one.instance()))
        const renewed = ['a', 'b', 'c'].filter((_, index) => before[index] !== after[index])
        expect(renewed).toEqual(starts.split(' '))
        expect(happened('start', 'stop').slice(3)).toEqual([
          ...stops.split(' ').map((key) => `stop ${key}`),
          ...starts.split(' ').map((key) => `start ${key}`),
        ])
      },
    )
  })

  test('A06 members that fail while others begin anew come to one instance each', async () => {
    const group = { policy: 'restart', backoff_ms: 1, backoff_max_ms: 5, max_restarts: 100, group: 'all' }
    const services = {
      subject: subjects({ ...group, strategy: 'one_for_all' }, { ledger: ledger.file, slowStop: 2, slowStart: 2 }),
    }
    await withTail({ services }, { engine }, async (supervisor) => {
      const actors = await abc(supervisor)
      const failing = Array.from({ length: 30 }, (_, index) => failureOf(actors[index % 3]!.fail()))
      for (const error of await Promise.all(failing)) expect(error.code).toBe('COMPONENT_FAILED')
      expect(await Promise.all(actors.map((one) => one.increment()))).toEqual([1, 1, 1])
      const alive = new Map<string, number>()
      for (const { event, key } of livesIn(ledger)) {
        if (event === 'start') alive.set(key, (alive.get(key) ?? 0) + 1)
        if (event === 'stop') alive.set(key, (alive.get(key) ?? 0) - 1)
        for (const count of alive.values()) expect(count).toBeLessThanOrEqual(1)
      }
      expect([...alive]).toEqual([
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ])
    })
  })

  test('A05 groups by key share no fate', async () => {
    const group = { policy: 'restart', backoff_ms: 1, group: 'of {key}', strategy: 'one_for_all' }
    const services = { subject: subjects(group), other: subjects(group) }
    await withTail({ services }, { engine }, async (supervisor) => {
      const actors = await Promise.all(
        ['subject', 'other'].flatMap((id) => ['x', 'y'].map((key) => supervisor.actor<Subject>(id, key))),
      )
      for (const one of actors) await one.increment()
      await failureOf(actors[0]!.fail())
      expect(await Promise.all(actors.map((one) => one.count()))).toEqual([0, 1, 0, 1])
    })
  })

  test('A06 a member that waits for another of its group is not waited for', async () => {
    const group = { policy: 'restart', backoff_ms: 1, group: 'all', strategy: 'one_for_all' }
    await withTail({ services: { subject: subjects(group) } }, { engine }, async (supervisor) => {
      const [a, b] = await abc(supervisor)
      const ended = Promise.allSettled([b!.slowly(20), b!.fail(), a!.slowly(40), a!.pass('subject', ['b'])])
      expect((await ended).map((one) => (one.status === 'fulfilled' ? 'ok' : 'failed')).slice(0, 3)).toEqual([
        'ok',
        'failed',
        'ok',
      ])
      expect(await a!.increment()).toBeGreaterThan(0)
    })
  })

  test('A20 an actor that was stopped is not started again', async () => {
    const services = { subject: subjects({ policy: 'restart' }, { ledger: ledger.file }) }
    await withTail({ services }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'stopped')
      await actor.increment()
      await supervisor.stopActor(actor)
      await failureOf(actor.increment())
      expect(happened('start', 'stop')).toEqual(['start stopped', 'stop stopped'])
    })
  })

  test('S09 actors stop in the reverse order of their starts, each once, whatever their methods did', async () => {
    const services = { subject: subjects({}, { ledger: ledger.file, failStop: true }) }
    await withTail({ services }, { engine }, async (supervisor) => {
      for (const key of ['a', 'b', 'c', 'd']) await (await supervisor.actor<Subject>('subject', key)).increment()
      await failureOf((await supervisor.actor<Subject>('subject', 'b')).fail())
    })
    expect(happened('stop')).toEqual(['stop d', 'stop c', 'stop b', 'stop a'])
    expect(
      livesIn(ledger)
        .filter(({ event }) => event === 'stop')
        .map(({ reason }) => reason),
    ).toEqual(Array(4).fill('shutdown'))
  })

  test('S09 one that comes after another stops before it, whichever started first', async () => {
    const services = {
      late: subjects({ after: ['early'] }, { ledger: ledger.file }),
      early: subjects({}, { ledger: ledger.file }),
    }
    await withTail({ services }, { engine }, async (supervisor) => {
      await (await supervisor.actor<Subject>('late', 'late')).increment()
      await (await supervisor.actor<Subject>('early', 'early')).increment()
    })
    expect(happened('stop')).toEqual(['stop late', 'stop early'])
  })
})

test('A03 the thread of an actor dies with 20 messages waiting: that one is unknown, the others run in order', async () => {
  const services = { subject: subjects({ backoff_ms: 10 }) }
  await withTail({ services }, {}, async (supervisor) => {
    const restarts = restartsOf(supervisor)
    const actor = await supervisor.actor<Subject>('subject', 'dying')
    const other = await supervisor.actor<Subject>('subject', 'other')
    expect([await actor.increment(), await other.increment()]).toEqual([1, 1])
    const dying = failureOf(actor.exit(3))
    const waiting = Array.from({ length: 20 }, () => actor.increment())
    expect(await dying).toMatchObject({ code: 'WORKER_CRASHED', outcome: 'unknown', details: { exitCode: 3 } })
    expect(await Promise.all(waiting)).toEqual(waiting.map((_, index) => index + 1))
    expect(await other.increment()).toBe(1)
    expect(restarts.map(({ key, restarts: count }) => `${key} ${count}`).toSorted()).toEqual(['dying 1', 'other 1'])
  })
})

test('A03 an error that a timer throws ends the thread, and the message in hand with it', async () => {
  await withTail({ services: { subject: subjects({ backoff_ms: 10 }) } }, {}, async (supervisor) => {
    const actor = await supervisor.actor<Subject>('subject', 'orphan')
    const error = await failureOf(actor.throwLater())
    expect(error).toMatchObject({ code: 'WORKER_CRASHED', outcome: 'unknown', details: { reason: 'orphan' } })
    expect(await actor.increment()).toBe(1)
  })
})

test('A18 a method that outlives its limit and its grace ends with its thread; the next message comes behind it', async () => {
  const services = { subject: subjects({ backoff_ms: 1 }, { ledger: ledger.file }, { timeout_ms: 100, grace_ms: 50 }) }
  await withTail({ services }, {}, async (supervisor) => {
    const actor = await supervisor.actor<Subject>('subject', 'slow')
    for (const call of [() => actor.slowly(2_000), () => actor.spin(), () => actor.never()]) {
      await actor.increment()
      const restarted = nextEvent(supervisor, 'actor:restarted')
      const late = failureOf(call())
      const next = actor.slowly()
      expect(await late).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
      expect(await next).toBe(1)
      await restarted
    }
    let inside = 0
    for (const { event } of livesIn(ledger)) {
      if (event === 'enter') expect(++inside).toBeLessThanOrEqual(1)
      if (event === 'leave' || event === 'made') inside = 0
    }
  })
})

test.each(engines)('A18 on %s: one that ends when it is asked to keeps its instance', async (engine) => {
  const services = { subject: subjects({}, {}, { timeout_ms: 60, grace_ms: 5_000 }) }
  await withTail({ services }, { engine }, async (supervisor) => {
    const actor = await supervisor.actor<Subject>('subject', 'asked')
    const instance = await actor.instance()
    expect(await failureOf(actor.untilCancelled())).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
    expect(await actor.instance()).toBe(instance)
  })
})

test('A19 the wait before a restart doubles up to its limit', async () => {
  const actor = { policy: 'restart', max_restarts: 100, backoff_ms: 40, backoff_max_ms: 160 }
  await withTail({ services: { subject: subjects(actor) } }, {}, async (supervisor) => {
    const one = await supervisor.actor<Subject>('subject', 'storm')
    const waits: number[] = []
    for (let crash = 0; crash < 8; crash++) {
      const restarted = nextEvent(supervisor, 'actor:restarted')
      await failureOf(one.fail())
      const began = performance.now()
      await restarted
      waits.push(performance.now() - began)
    }
    const least = [40, 80, 160, 160, 160, 160, 160, 160]
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(least[index]! - 5)
    // The quickest, since the machine may be busy elsewhere during any of them; the next without the limit is 320 ms.
    expect(Math.min(...waits.slice(3))).toBeLessThan(300)
  })
})

test('A19 a shutdown does not wait for a restart that is due much later', async () => {
  const patient = { policy: 'restart', backoff_ms: 600_000, backoff_max_ms: 600_000 }
  await inCleanProcess(async () => {
    const supervisor = await Supervisor.start(
      { services: { subject: subjects(patient) } },
      { root: ACTORS, logLevel: 'silent' },
    )
    const one = await supervisor.actor<Subject>('subject', 'waiting')
    const end = endOf(supervisor, one)
    await failureOf(one.fail())
    const waiting = failureOf(one.increment())
    const began = performance.now()
    expect(await supervisor.close({ timeoutMs: 200 })).toMatchObject({ zombies: 0, cutOff: { waiting: 1 } })
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(await waiting).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'not_started' })
    expect(await end).toMatchObject({ reason: 'shutdown' })
  })
})

async function abc(supervisor: Supervisor) {
  const actors = await Promise.all(['a', 'b', 'c'].map((key) => supervisor.actor<Subject>('subject', key)))
  for (const one of actors) await one.increment()
  return actors
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code
}
