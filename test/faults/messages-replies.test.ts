import { expect, test } from 'vitest'
import { withTail } from './tail.ts'

const services = {
  forger: { module: './forger.mjs', class: 'Forger' },
  echo: { module: './probe.mjs', class: 'Echo' },
}
// The lane's first context, which has settled.
const warmUp = [{ service_id: 'echo', data: 1 }]
const troupe = { code: 'CANCELLED', outcome: 'not_started', retryable: false }

test.each([
  ['a value for a context that has settled', { type: 'value', sequence: 1, value: 'forged' }],
  ['a failure for a context that has settled', { type: 'failure', sequence: 1, error: { name: 'Error', message: '' } }],
  ['a value for a context that was never sent', { type: 'value', sequence: 1_000_000, value: 'forged' }],
  [
    'a skip of a context that was never sent',
    { type: 'failure', sequence: -5, error: { name: '', message: '', troupe } },
  ],
  ['a message of no known type', { type: 'forged', sequence: 2 }],
  ['a failure without an error', { type: 'failure', sequence: 2 }],
  ['a failure with a malformed cause', { type: 'failure', sequence: 2, error: { name: '', message: '', cause: 1 } }],
  ['a value without a value', { type: 'value', sequence: 2 }],
  ['log records that are no list', { type: 'records', records: 1, dropped: 0 }],
  ['log records of no level', { type: 'records', records: [{ level: 'loud', fields: {} }], dropped: 0 }],
  ['a load without components', { type: 'loaded', service: 0 }],
  ['an orphan without an error', { type: 'orphan' }],
  ['progress without a fraction', { type: 'progress', sequence: 2 }],
  ['middleware counts that are none', { type: 'middleware-stats' }],
  ['a number', 5],
])('M09 %s is counted and delivered to nobody', async (_name, reply) => {
  await withTail({ services }, { workers: 1, warmUp }, async (supervisor) => {
    const contexts = Array.from({ length: 20 }, (_, data) => ({ service_id: 'echo', request_id: `r-${data}`, data }))
    const others = supervisor.executeMany(contexts)
    const forged = await supervisor.execute({ service_id: 'forger', data: [reply, reply] })
    expect(forged).toEqual({ ports: expect.any(Number) })
    expect(await others).toEqual(
      contexts.map(({ data, request_id }) => ({ ok: true, value: { data, service: 'echo', request: request_id } })),
    )
    expect(supervisor.stats()).toMatchObject({ lateResults: 2, pools: { default: { restarts: 0 } } })
  })
})
