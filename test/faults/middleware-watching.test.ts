import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Ledger } from '../fixtures/ledger.mjs'
import { probe } from '../fixtures/middleware/stack.ts'
import { RecordedLog } from '../fixtures/recorded-log.ts'
import { failureOf } from '../fixtures/supervised.ts'
import { withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => {
  ledger = Ledger.make()
})
afterEach(() => ledger.remove())

// Middleware that only look take a way of their own: what holds for any other is to hold for them.
describe.each(['threads', 'inline'] as const)('middleware that only look, on %s', (engine) => {
  test('may lead to the end of what they have just seen begin: it does not run, and settles once', async () => {
    const stop = new AbortController()
    const log = new RecordedLog()
    let started = 0
    const logger = {
      ...log.logger,
      info: (...record: [string | Readonly<Record<string, unknown>>, string?]) => {
        if (record[1] === 'started' && ++started === 2) stop.abort()
        log.logger.info(record[0] as Readonly<Record<string, unknown>>, record[1])
      },
    }
    const middleware = [{ use: 'logging', side: 'supervisor', scope: { include: ['probe'] } }]
    const config = { middleware, services: { probe: probe(ledger) } }
    await withTail(config, { workers: 1, engine, logger }, async (supervisor) => {
      const contexts = [1, 2, 3].map((index) => ({ service_id: 'probe', request_id: `r-${index}` }))
      const outcomes = await supervisor.executeMany(contexts, { signal: stop.signal })
      const codes = () => outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))
      const before = codes()
      expect(before[1]).toBe('CANCELLED')
      await supervisor.execute({ service_id: 'probe', request_id: 'behind' })
      expect(codes()).toEqual(before)
      expect(ledger.entries('r-2')).toEqual([])
      const ended = log.where(({ message, fields }) => message === 'failed' && fields['request_id'] === 'r-2')
      expect(ended).toHaveLength(1)
      const { accepted, ok, cancelled } = supervisor.stats().services['probe']!
      expect(ok + cancelled).toBe(accepted)
    })
  })

  test.each(['watchers alone', 'another beside them'])(
    'around the target of another hear what its own run comes to: %s',
    async (which) => {
      const include = ['second']
      const fallback = { name: 'fallback', module: './middleware/layer.mjs', export: 'fallback' }
      const other = { use: 'rate-limit', config: { requests_per_minute: 1e6 }, scope: { include } }
      const config = {
        middleware: [
          {
            ...fallback,
            side: 'supervisor',
            config: { to: 'second', value: 'instead' },
            scope: { include: ['first'] },
          },
          { use: 'metrics', side: 'supervisor', scope: { include } },
          ...(which === 'watchers alone' ? [] : [other]),
        ],
        services: { first: probe(ledger), second: probe(ledger) },
      }
      await withTail(config, { workers: 1, engine }, async (supervisor) => {
        const fails = { service_id: 'first', data: { act: 'throw' } }
        expect(await supervisor.execute(fails)).toBe('instead')
        expect(await supervisor.execute({ service_id: 'first' })).toMatchObject({ service_id: 'second' })
        const { supervisor: counted } = supervisor.stats().middleware['metrics']!
        expect(counted).toMatchObject({ second: { count: 2, errors: 1 } })
      })
    },
  )

  test('that cannot bear to hear of an end fail that execution alone, and nothing hangs', async () => {
    const middleware = [
      { use: 'logging', side: 'supervisor', config: { level: 'debug' }, scope: { include: ['probe'] } },
    ]
    const config = { middleware, services: { probe: probe(ledger) } }
    await withTail(config, { workers: 1, engine, logLevel: 'error' }, async (supervisor) => {
      const context = Proxy.revocable({ service_id: 'probe', request_id: 'r-1' }, {})
      const settled = failureOf(supervisor.execute(context.proxy))
      context.revoke()
      expect(await settled).toMatchObject({ outcome: 'not_started' })
      expect(supervisor.stats().services['probe']).toMatchObject({ accepted: 1, failed: 1 })
    })
  })
})
