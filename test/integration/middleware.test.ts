import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Supervisor } from 'troupe'
import { Ledger } from '../fixtures/ledger.mjs'
import { layer } from '../fixtures/middleware/stack.ts'
import { RecordedLog } from '../fixtures/recorded-log.ts'

describe.each(['threads', 'inline'] as const)('stock middleware on %s', (engine) => {
  let log: RecordedLog
  let supervisor: Supervisor

  beforeEach(async () => {
    process.env['TROUPE_TEST_TOKEN'] = 'sesame'
    log = new RecordedLog()
    supervisor = await Supervisor.start('test/fixtures/stock/services.json', { engine, logger: log.logger })
  })
  afterEach(async () => {
    await supervisor.close()
    delete process.env['TROUPE_TEST_TOKEN']
  })

  test('logging writes what starts and ends, on both sides, without secrets', async () => {
    const data = { card: '4711', nested: [{ password: 'p', user: 'u' }] }
    await supervisor.execute({ service_id: 'logged', request_id: 'r-1', data })
    const ended = () => log.where(({ message }) => message === 'completed')
    await log.first((entry) => entry.message === 'completed' && entry.fields['worker'] !== undefined)
    const about = { service_id: 'logged', request_id: 'r-1' }
    const [started] = log.where(({ message, fields }) => message === 'started' && fields['context'] !== undefined)
    expect(started).toMatchObject({ level: 'info', fields: about })
    expect(JSON.stringify(started)).toContain('"user":"u"')
    expect(JSON.stringify(started)).not.toMatch(/4711|"p"/)
    expect(ended()).toHaveLength(2)
    for (const { fields } of ended()) expect(fields).toMatchObject({ ...about, duration_ms: expect.any(Number) })
    expect(log.where(({ message }) => message === 'started')).toHaveLength(2)
  })

  test('validation checks the schemas of the component, required fields and sizes', async () => {
    const context = { service_id: 'greeting', client: { id: 7 } }
    const greet = (data: unknown, more: object = {}) => supervisor.execute({ ...context, data, ...more })
    expect(await greet({ name: 'Ada', times: 2 })).toEqual({ text: 'Hello Ada, Hello Ada' })
    expect(await greet({ name: 'Ada' })).toEqual({ text: 'Hello Ada' })
    await expect(greet({ name: '', times: 1.5 })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      outcome: 'not_started',
      details: { issues: [{ path: 'context.data.name' }, { path: 'context.data.times' }] },
    })
    await expect(greet({ name: 'Ada', times: 20 })).rejects.toMatchObject({
      code: 'OUTPUT_INVALID',
      outcome: 'failed',
      details: { issues: [{ path: 'result.text' }] },
    })
    await expect(greet({ name: 'Ada' }, { client: {} })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      details: { issues: [{ path: 'client.id' }] },
    })
    await expect(greet({ name: 'x'.repeat(3_000) })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      outcome: 'not_started',
    })
  })

  test('authentication lets the right token in, and takes it away', async () => {
    const context = { service_id: 'guarded', data: 1 }
    const refused = { code: 'UNAUTHENTICATED', outcome: 'not_started', serviceId: 'guarded' }
    for (const authorization of [undefined, 'Bearer', 'Bearer other', 'sesame', 5]) {
      await expect(supervisor.execute({ ...context, authorization })).rejects.toMatchObject(refused)
    }
    const answer = await supervisor.execute({ ...context, authorization: 'Bearer sesame' })
    expect(answer).toEqual({ calls: 1, context: { ...context, request_id: expect.any(String) } })
    expect(await supervisor.execute({ service_id: 'open' })).toMatchObject({ calls: 1 })
    expect(JSON.stringify(log.records)).not.toContain('sesame')
  })

  test('rate-limit refuses one client and serves another', async () => {
    const request = (client_id: string) => supervisor.execute({ service_id: 'limited', client_id })
    await request('a')
    await request('a')
    await expect(request('a')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      outcome: 'not_started',
      retryable: true,
      details: { retry_after_ms: expect.any(Number) },
    })
    expect(await request('b')).toMatchObject({ calls: 3 })
    expect(supervisor.stats().middleware['rate-limit']).toEqual({ supervisor: { buckets: 2, refused: 1 } })
  })

  test('metrics counts and times each service, on both sides', async () => {
    for (let n = 0; n < 3; n++) await supervisor.execute({ service_id: 'measured' })
    await expect(supervisor.execute({ service_id: 'failing' })).rejects.toMatchObject({ code: 'COMPONENT_FAILED' })
    const latency = { p50Ms: expect.any(Number), maxMs: expect.any(Number) }
    const measured = { count: 3, inFlight: 0, errors: 0, errorsByCode: {}, latency }
    const failing = { count: 1, inFlight: 0, errors: 1, errorsByCode: { COMPONENT_FAILED: 1 } }
    const { middleware } = supervisor.stats()
    expect(middleware['metrics']?.supervisor).toMatchObject({ measured, failing })
    // What workers count arrives with the end of their lane at the latest.
    await supervisor.close()
    expect(supervisor.stats().middleware['worker-metrics']?.workers).toMatchObject([{ measured, failing }])
  })

  test('cache answers an equal context of an idempotent service, with a copy', async () => {
    const ask = (service_id: string, data: unknown) => supervisor.execute({ service_id, data }) as Promise<object>
    const first = await ask('cached', { a: 1, b: [2] })
    const second = await ask('cached', { a: 1, b: [2] })
    expect(second).toEqual(first)
    expect(second).not.toBe(first)
    expect(await ask('cached', { a: 1, b: [3] })).toMatchObject({ calls: 2 })
    expect(supervisor.stats().middleware['cache']?.supervisor).toMatchObject({ hits: 1, misses: 2, entries: 2 })
    await ask('uncached', 1)
    expect(await ask('uncached', 1)).toMatchObject({ calls: 2 })
    expect(log.where(({ message }) => message.includes('"uncached" is not cached'))).toHaveLength(1)
  })

  test('split sends its share of requests to the other service, and each always the same way', async () => {
    const contexts = Array.from({ length: 400 }, (_, n) => ({ service_id: 'current', request_id: `r-${n}` }))
    const ways = async () => {
      const outcomes = await supervisor.executeMany(contexts)
      return outcomes.map((one) => one.ok && (one.value as { context: { service_id: string } }).context.service_id)
    }
    const first = await ways()
    expect(await ways()).toEqual(first)
    const sent = first.filter((id) => id === 'candidate').length
    expect(first.filter((id) => id === 'current')).toHaveLength(400 - sent)
    expect(Math.abs(sent - 100)).toBeLessThan(30)
    expect(supervisor.stats().services['candidate']).toMatchObject({ accepted: 2 * sent, ok: 2 * sent })
  })

  test("what a middleware adds reaches the component and the answer, never the caller's own object", async () => {
    const context = { service_id: 'stamped', request_id: 'r', data: { n: 1 } }
    const answer = await supervisor.execute(context)
    const seen = { ...context, data: { n: 1, changed: true }, stamped_by: 'stamp' }
    expect(answer).toEqual({ calls: 1, context: seen, answered_by: 'stamp' })
    expect(context).toEqual({ service_id: 'stamped', request_id: 'r', data: { n: 1 } })
  })

  test('middleware of both sides nest in file order, those of the supervisor outside', async () => {
    const ledger = Ledger.make()
    const sides = { one: 'worker', two: 'supervisor', three: 'worker', four: 'supervisor' } as const
    const middleware = Object.entries(sides).map(([name, side]) => layer(ledger, name, side, {}))
    const probe = { module: './probe.mjs', class: 'Probe', config: { ledger: ledger.file } }
    const options = { engine, root: resolve('test/fixtures'), workers: 1, logger: log.logger }
    const nested = await Supervisor.start({ middleware, services: { probe } }, options)
    await nested.execute({ service_id: 'probe', request_id: 'r' })
    await nested.close()
    const order = ['two', 'four', 'one', 'three']
    const inward = [...order.map((name) => `${name}.before`), 'probe.start']
    const outward = ['probe.end', ...order.toReversed().map((name) => `${name}.after`)]
    expect(ledger.entries().map(({ what }) => what)).toEqual([...inward, ...outward])
    const threads = new Set(ledger.entries().map(({ thread }) => thread))
    expect(threads.size).toBe(engine === 'threads' ? 2 : 1)
    ledger.remove()
  })
})
