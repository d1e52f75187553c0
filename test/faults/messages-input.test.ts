import { describe, expect, test } from 'vitest'
import type { Context, Outcome, Supervisor } from 'troupe'
import { holdLane } from '../fixtures/gate.ts'
import { withTail } from './tail.ts'

const services = {
  echo: { module: './probe.mjs', class: 'Echo' },
  around: { module: './probe.mjs', class: 'Echo' },
  probe: { module: './probe.mjs', class: 'Probe' },
}
// The first leaves contexts as they are, the second is the user's own, which may change them.
const middleware = [
  { use: 'metrics', scope: { include: ['around'] } },
  { name: 'layer', module: './middleware/layer.mjs', export: 'redirect', scope: { include: ['around'] } },
]
const warmUp: Context[] = Array.from({ length: 50 }, (_, n) => ({ service_id: n % 2 ? 'echo' : 'around', data: n }))

/** The outcome of `bad` as the fourth of sixteen that leave together for a lane, of which the others end well. */
async function amongSixteen(supervisor: Supervisor, bad: Context): Promise<Outcome> {
  const { gate, held } = await holdLane(supervisor, 'probe')
  const contexts = Array.from({ length: 16 }, (_, n) =>
    n === 3 ? bad : { service_id: bad.service_id, request_id: `good-${n}`, data: n },
  )
  const outcomes = supervisor.executeMany(contexts)
  gate.open()
  await held
  const good = (await outcomes).map((outcome, n) => (n === 3 ? n : outcome))
  const value = (n: number) => ({ data: n, service: bad.service_id, request: `good-${n}` })
  expect(good).toEqual(contexts.map((_, n) => (n === 3 ? n : { ok: true, value: value(n) })))
  return (await outcomes)[3]!
}

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  const options = { workers: 1, engine, warmUp }
  const element = { nodeType: 1, children: [{ addEventListener() {} }] }

  test.each<[string, () => unknown, string]>([
    ['a function', () => () => 1, 'context.data'],
    ['a symbol', () => ({ a: [0, Symbol('s')] }), 'context.data.a[1]'],
    ['a promise', () => ({ a: { b: Promise.resolve() } }), 'context.data.a.b'],
    ['an element', () => ({ element }), 'context.data.element.children[0].addEventListener'],
    ['a Proxy', () => ({ 'a b': new Proxy({}, {}) }), 'context.data["a b"]'],
    ['a Proxy that throws', () => hostileProxy(), 'context.data'],
    ['a revoked Proxy', () => revokedProxy(), 'context.data'],
    ['a WeakMap in a Map', () => new Map([['k', new WeakMap()]]), 'context.data.get(k)'],
    ['a generator in a Set', () => new Set([(function* () {})()]), 'context.data.values()'],
  ])('M01 %s in one of sixteen fails that one, before it starts', async (_name, make, path) => {
    await withTail({ services, middleware }, options, async (supervisor) => {
      for (const service_id of ['echo', 'around']) {
        const outcome = await amongSixteen(supervisor, { service_id, request_id: 'bad', data: make() })
        expect(outcome).toMatchObject({
          ok: false,
          error: {
            code: 'INPUT_NOT_SERIALIZABLE',
            outcome: 'not_started',
            serviceId: service_id,
            requestId: 'bad',
            message: expect.stringContaining(path),
            details: { path },
          },
        })
      }
    })
  })

  test.each<[string, (service: string) => Context]>([
    ['in data', (service_id) => ({ service_id, data: throwing('deep') })],
    ['beside data', (service_id) => Object.defineProperties({ service_id, request_id: 'r' }, own(throwing('extra')))],
    ['and no request_id', (service_id) => Object.defineProperties({ service_id }, own(throwing('extra')))],
    ['as request_id', (service_id) => Object.defineProperties({ service_id }, own(throwing('request_id')))],
  ])('M02 a getter that throws, %s, is a typed error', async (_name, make) => {
    await withTail({ services, middleware }, options, async (supervisor) => {
      for (const service_id of ['echo', 'around']) {
        const outcome = await amongSixteen(supervisor, make(service_id))
        expect(outcome).toMatchObject({ ok: false, error: { name: 'TroupeError', outcome: 'not_started' } })
      }
    })
  })

  test.each(['echo', 'around', 'probe'])(
    'M02 a request_id that throws later disturbs no other context of %s',
    async (service) => {
      await withTail({ services, middleware }, options, async (supervisor) => {
        for (let readable = 0; readable < 10; readable++) {
          const outcomes = supervisor.executeMany([
            { service_id: service, data: 0 },
            throwingLater(service, readable, {}),
            throwingLater(service, readable, { act: 'throw' }),
            throwingLater(service, readable, { act: () => 1 }),
            { service_id: service, data: 4 },
          ])
          const ends = (await outcomes).map((outcome) => outcome.ok || outcome.error.name)
          expect(ends).toEqual([
            true,
            ...Array.from({ length: 3 }, () => expect.toBeOneOf([true, 'TroupeError'])),
            true,
          ])
        }
      })
    },
  )

  test('M02 a service_id that throws is a typed error', async () => {
    await withTail({ services, middleware }, options, async (supervisor) => {
      const contexts = [
        { service_id: 'echo', data: 1 },
        throwing('service_id') as unknown as Context,
        hostileProxy() as Context,
        revokedProxy() as Context,
        { service_id: 'echo', data: 2 },
      ]
      const codes = (await supervisor.executeMany(contexts)).map((outcome) => outcome.ok || outcome.error.code)
      expect(codes).toEqual([true, 'CONTEXT_INVALID', 'CONTEXT_INVALID', 'CONTEXT_INVALID', true])
      for (const context of contexts.slice(1, 4)) {
        await expect(supervisor.execute(context)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' })
      }
    })
  })

  test('M02 a getter that changes its value disturbs no other context', async () => {
    await withTail({ services, middleware }, options, async (supervisor) => {
      for (const service of ['echo', 'around']) {
        let reads = 0
        const data = { get count() { return ++reads } } // prettier-ignore
        const outcome = await amongSixteen(supervisor, { service_id: service, request_id: 'changing', data })
        expect(outcome).toEqual({
          ok: true,
          value: { data: { count: expect.any(Number) }, service, request: 'changing' },
        })
      }
    })
  })
})

function throwing(name: string): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => {
      throw new Error('Not to be read')
    },
  })
}

/** A context whose request id can be read so often, and no more. */
function throwingLater(service: string, readable: number, data: object): Context {
  let reads = 0
  const context = {
    service_id: service,
    get request_id() {
      if (reads++ < readable) return 'later'
      throw new Error('Not to be read')
    },
    data,
  }
  return context
}

function own(value: object): PropertyDescriptorMap {
  return Object.getOwnPropertyDescriptors(value)
}

function hostileProxy(): object {
  const no = () => {
    throw new Error('Not to be touched')
  }
  return new Proxy({}, { get: no, getPrototypeOf: no, ownKeys: no, getOwnPropertyDescriptor: no, has: no })
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
