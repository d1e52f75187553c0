import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Ledger } from '../fixtures/ledger.mjs'
import { type Subject, endOf, livesIn, subjects } from '../fixtures/actors/subject.ts'
import { failureOf } from '../fixtures/supervised.ts'
import { engines } from './batches.ts'
import { withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => {
  ledger = Ledger.make()
})
afterEach(() => ledger.remove())

describe.each(engines)('on %s', (engine) => {
  test('A01 a thousand concurrent messages to one key are handled one at a time, in order', async () => {
    const services = { subject: subjects({}, { ledger: ledger.file }) }
    await withTail({ services }, { engine }, async (supervisor) => {
      const senders = await Promise.all(Array.from({ length: 10 }, () => supervisor.actor<Subject>('subject', 'one')))
      const counts = await Promise.all(
        senders.map((sender) => Promise.all(Array.from({ length: 100 }, () => sender.slowly()))),
      )
      // In the order of each sender, and together every count once.
      for (const own of counts) expect(own).toEqual(own.toSorted((a, b) => a - b))
      expect(counts.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
      let inside = 0
      for (const { event } of livesIn(ledger)) {
        if (event === 'enter') expect(++inside).toBe(1)
        if (event === 'leave') inside--
      }
      expect(livesIn(ledger).filter(({ event }) => event === 'made')).toHaveLength(1)
    })
  })

  test('A07 a full mailbox rejects at once, and what it took is handled in order', async () => {
    await withTail({ services: { subject: subjects({ mailbox: 3 }) } }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'full')
      const other = await supervisor.actor<Subject>('subject', 'other')
      const first = actor.slowly(50)
      const waiting = [actor.increment(), actor.increment(), actor.increment()]
      const refused = await failureOf(actor.increment())
      expect(refused).toMatchObject({ code: 'MAILBOX_FULL', outcome: 'not_started', retryable: true })
      expect(await other.increment()).toBe(1)
      expect(await Promise.all([first, ...waiting])).toEqual([1, 2, 3, 4])
    })
  })

  test('A07 a batch waits for room where a single message is rejected', async () => {
    await withTail({ services: { subject: subjects({ mailbox: 3 }) } }, { engine }, async (supervisor) => {
      const contexts = Array.from({ length: 50 }, (_, data) => ({ service_id: 'subject', key: 'batch', data }))
      const outcomes = await supervisor.executeMany(contexts)
      expect(outcomes.map((outcome) => outcome.ok && (outcome.value as { count: number }).count)).toEqual(
        contexts.map(({ data }) => data + 1),
      )
    })
  })

  test('A08 an actor that would wait for itself is told the chain at once, a diamond is not', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      const a = await supervisor.actor<Subject>('subject', 'a')
      const began = performance.now()
      expect(await failureOf(a.pass('subject', ['a']))).toMatchObject({
        code: 'ACTOR_DEADLOCK',
        outcome: 'failed',
        details: { chain: ['subject/a', 'subject/a'] },
      })
      expect(await failureOf(a.pass('subject', ['b', 'c', 'a']))).toMatchObject({
        code: 'ACTOR_DEADLOCK',
        outcome: 'failed',
        details: { chain: ['subject/a', 'subject/b', 'subject/c', 'subject/a'] },
      })
      // What notices nothing waits for ever, or until a limit of ten seconds and more.
      expect(performance.now() - began).toBeLessThan(5_000)
      expect(
        await a.fan('subject', [
          ['b', 'd'],
          ['c', 'd'],
        ]),
      ).toEqual([1, 2])
      for (const key of ['a', 'b', 'c']) expect(await (await supervisor.actor<Subject>('subject', key)).count()).toBe(0)
    })
  })

  test('A08 two actors that call each other from different callers do not wait for ever', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      const a = await supervisor.actor<Subject>('subject', 'a')
      const b = await supervisor.actor<Subject>('subject', 'b')
      const ended = await Promise.allSettled([a.pass('subject', ['b']), b.pass('subject', ['a'])])
      const failed = ended.filter((one) => one.status === 'rejected').map(({ reason }) => reason as unknown)
      // At least one of them is told; where one ended before the other began, none.
      for (const reason of failed) expect(reason).toMatchObject({ code: 'ACTOR_DEADLOCK' })
      expect(await a.increment()).toBeGreaterThan(0)
    })
  })

  test('A09 a message to an actor that has stopped is refused; to ask for it anew begins another', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'gone')
      expect(await actor.increment(5)).toBe(5)
      const waiting = [actor.slowly(30), failureOf(actor.increment())]
      const stopped = supervisor.stopActor(actor)
      // What it had in hand it brings to its end.
      expect(await waiting[0]).toBe(6)
      expect(await waiting[1]).toMatchObject({ code: 'ACTOR_STOPPED', outcome: 'not_started' })
      await stopped
      expect(await failureOf(actor.increment())).toMatchObject({ code: 'ACTOR_STOPPED', outcome: 'not_started' })
      expect(await (await supervisor.actor<Subject>('subject', 'gone')).increment()).toBe(1)
    })
  })

  test('A10 a watcher is told of an end exactly once, also of one that lies behind, and of no restart', async () => {
    const services = { subject: subjects({ policy: 'restart', backoff_ms: 1 }) }
    await withTail({ services }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'watched')
      const told: string[] = []
      supervisor.watch(actor, ({ reason }) => void told.push(`first ${reason}`))
      supervisor.watch(actor, ({ reason }) => void told.push(`second ${reason}`))
      supervisor.watch(actor, () => {
        throw new Error('a watcher that fails')
      })
      supervisor.watch(actor, () => void told.push('unwatched'))()
      expect(await failureOf(actor.fail())).toMatchObject({ code: 'COMPONENT_FAILED' })
      expect(await actor.increment()).toBe(1)
      expect(told).toEqual([])
      await supervisor.stopActor(actor)
      expect(told).toEqual(['first stopped', 'second stopped'])
      expect(await endOf(supervisor, actor)).toMatchObject({ serviceId: 'subject', key: 'watched', reason: 'stopped' })
      await supervisor.stopActor(actor)
      expect(told).toHaveLength(2)
    })
  })

  test('A11 nothing but a declared public method can be called', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      type AnyCalls = Record<string, (() => Promise<unknown>) | undefined>
      const actor = (await supervisor.actor<Subject>('subject', 'names')) as unknown as AnyCalls
      const inherited = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', 'prototype']
      const hooks = ['start', 'stop', 'snapshot', 'restore', 'dispose', '_private', '_next', '_return']
      for (const name of [...inherited, ...hooks, 'a.b', 'increment.constructor', 'field', 'getter', 'nowhere', '']) {
        const error = await failureOf(actor[name]!())
        expect([name, error.code, error.outcome]).toEqual([name, 'METHOD_NOT_EXPOSED', 'not_started'])
      }
      expect(await actor['increment']!()).toBe(1)
    })
  })

  test('A11 a proxy is not thenable, and cannot be written to', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'proxy')
      // oxlint-disable-next-line typescript/await-thenable -- that it is none is what is tested
      expect(await actor).toBe(actor)
      expect('then' in actor).toBe(false)
      expect(Object.getPrototypeOf(actor)).toBeNull()
      expect(() => Object.assign(actor, { increment: () => 99 })).toThrow(TypeError)
      expect(`${actor as unknown as string}`).toBe('Actor subject/proxy')
    })
  })

  test('A12 a key is a string that is not empty nor too long; any other one is an actor of its own', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      for (const key of ['', 'x'.repeat(1_048_576), 1, undefined, null, {}] as string[]) {
        expect(await failureOf(supervisor.actor('subject', key))).toMatchObject({ code: 'ACTOR_KEY_INVALID' })
        const executed = supervisor.execute({ service_id: 'subject', key })
        expect(await failureOf(executed)).toMatchObject({ code: 'ACTOR_KEY_INVALID', outcome: 'not_started' })
      }
      const keys = ['__proto__', 'constructor', '1', '\u00e9', 'e\u0301', 'a/b', 'x'.repeat(1_024), '\ud800']
      for (const [index, key] of keys.entries()) {
        expect(await (await supervisor.actor<Subject>('subject', key)).increment(index + 1)).toBe(index + 1)
      }
      for (const [index, key] of keys.entries()) {
        expect(await (await supervisor.actor<Subject>('subject', key)).count()).toBe(index + 1)
      }
    })
  })

  test('A13 a hundred first messages at once make one instance', async () => {
    const services = { subject: subjects({}, { ledger: ledger.file, slowStart: 10 }) }
    await withTail({ services }, { engine }, async (supervisor) => {
      const first = Array.from({ length: 100 }, async () =>
        (await supervisor.actor<Subject>('subject', 'new')).increment(),
      )
      expect((await Promise.all(first)).toSorted((a, b) => a - b)).toEqual(first.map((_, index) => index + 1))
      expect(livesIn(ledger).filter(({ event }) => event === 'made')).toHaveLength(1)
    })
  })

  test('A16 a timer of an actor runs while no message comes', async () => {
    await withTail({ services: { subject: subjects({}, { ticking: true }) } }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'ticking')
      const before = await actor.ticks()
      // A machine that is busy elsewhere may let it tick rarely; ticks that asking brings, one each time, do not count.
      for (let asked = 1; ; asked++) {
        await new Promise((resolve) => setTimeout(resolve, 200))
        const own = (await actor.ticks()) - before - asked
        if (own > 10) break
        expect(asked, `asked so often, ${own} ticks came without it`).toBeLessThan(20)
      }
    })
  })

  test('a method that throws is told with the error that it threw, and its actor goes on', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'throwing')
      const error = await failureOf(actor.fail('on purpose'))
      expect(error).toMatchObject({
        code: 'COMPONENT_FAILED',
        outcome: 'failed',
        message: 'on purpose',
        serviceId: 'subject',
        details: { key: 'throwing', method: 'fail' },
        cause: { name: 'RangeError', message: 'on purpose', code: 'OWN_CODE', cause: { name: 'TypeError' } },
      })
      for (const kind of ['null', 'undefined', 'symbol', 'function', 'text'] as const) {
        expect(await failureOf(actor.throwValue(kind))).toMatchObject({
          code: 'COMPONENT_FAILED',
          cause: expect.any(Error),
        })
      }
      expect(await failureOf(actor.refuse())).toMatchObject({
        code: 'COMPONENT_FAILED',
        cause: { code: 'MAILBOX_FULL' },
      })
      expect(await actor.count()).toBe(100)
    })
  })

  test('middleware on both sides runs around calls, as around contexts', async () => {
    const middleware = [
      { use: 'metrics', scope: { include: ['subject'] } },
      { use: 'validation', config: { max_payload_bytes: 1_000 }, scope: { include: ['subject'] } },
    ]
    await withTail({ middleware, services: { subject: subjects() } }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'covered')
      expect(await actor.echo('short')).toEqual(['short'])
      expect(await failureOf(actor.echo('x'.repeat(2_000)))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
      expect(await actor.increment()).toBe(1)
      expect(supervisor.stats().middleware['metrics']?.supervisor).toMatchObject({ subject: { count: 3, errors: 1 } })
    })
  })

  test('an actor reaches other actors alone through a proxy', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'asking')
      const error = await failureOf(actor.pass('control', ['no actor']))
      expect(error).toMatchObject({ code: 'COMPONENT_FAILED', cause: { code: 'CONTEXT_INVALID' } })
    })
  })

  test('what cannot cross is refused, with its place, on either way', async () => {
    await withTail({ services: { subject: subjects() } }, { engine }, async (supervisor) => {
      const actor = await supervisor.actor<Subject>('subject', 'values')
      const given = await failureOf(actor.echo({ deep: () => 1 }))
      expect(given).toMatchObject({ code: 'INPUT_NOT_SERIALIZABLE', outcome: 'not_started' })
      expect(given.message).toContain('arguments[0].deep')
      const returned = await failureOf(actor.unclonable())
      expect(returned).toMatchObject({ code: 'RESULT_NOT_SERIALIZABLE', outcome: 'failed' })
      expect(returned.message).toContain('result.inner.callback')
      const values = [1n, new Date(0), new Map([[1, new Set([2])]]), undefined, null, new Float64Array(2)]
      expect(await actor.echo(...values)).toEqual(values)
    })
  })
})
