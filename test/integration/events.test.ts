import type { EventMap, EventName, Supervisor } from 'troupe'
import { describe, expect, test } from 'vitest'
import { failureOf, keepingLog, started } from '../fixtures/supervised.ts'
import { voiceRoot as root, voiceServices as services } from '../fixtures/voice/services.ts'

const names: readonly EventName[] = [
  'context:accepted',
  'context:settled',
  'service:loaded',
  'service:quarantined',
  'breaker:opened',
  'breaker:closed',
  'worker:started',
  'worker:exited',
  'worker:restarted',
  'orphan:error',
]

type Heard = readonly [name: EventName, event: unknown]

/** Everything that a supervisor says from now on. */
function listen(supervisor: Supervisor): Heard[] {
  const heard: Heard[] = []
  for (const name of names) supervisor.on(name, (event) => heard.push([name, event]))
  return heard
}

/** The next event of a name. */
function next<Name extends EventName>(supervisor: Supervisor, name: Name): Promise<EventMap[Name]> {
  return new Promise((resolve) => {
    const stop = supervisor.on(name, (event) => {
      stop()
      resolve(event)
    })
  })
}

describe('events', () => {
  test('tell of a context that it was accepted, loaded its service, and settled', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const heard = listen(supervisor)
    const about = { serviceId: 'Fine', requestId: 'r' }
    await supervisor.execute({ service_id: 'Fine', request_id: 'r' })
    await supervisor.execute({ service_id: 'Fine', request_id: 'r' })
    expect(heard).toEqual([
      ['context:accepted', about],
      ['service:loaded', { serviceId: 'Fine', worker: 1 }],
      ['context:settled', { ...about, ok: true, error: undefined }],
      ['context:accepted', about],
      ['context:settled', { ...about, ok: true, error: undefined }],
    ])
  })

  test('tell of a failure with its error', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const settled = next(supervisor, 'context:settled')
    const error = await failureOf(supervisor.execute({ service_id: 'Fails', request_id: 'r' }))
    expect(await settled).toEqual({ serviceId: 'Fails', requestId: 'r', ok: false, error })
  })

  test('say nothing of a context that was not accepted', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const heard = listen(supervisor)
    await failureOf(supervisor.execute({ service_id: 'nobody' }))
    expect(heard).toEqual([])
  })

  test('tell of a worker that ended and of the one in its place', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const heard = listen(supervisor)
    const restarted = next(supervisor, 'worker:restarted')
    const error = await failureOf(supervisor.execute({ service_id: 'Exits', request_id: 'r' }))
    expect(error).toMatchObject({ code: 'WORKER_CRASHED', outcome: 'unknown', details: { exitCode: 7 } })
    const { threadId } = await restarted
    expect(heard.filter(([name]) => name.startsWith('worker:'))).toEqual([
      ['worker:exited', { pool: 'default', worker: 1, exitCode: 7, reason: 'exit code 7' }],
      ['worker:started', { pool: 'default', worker: 1, threadId, reason: 'restarted' }],
      ['worker:restarted', { pool: 'default', worker: 1, threadId }],
    ])
    expect(await supervisor.execute({ service_id: 'Fine', data: 1 })).toEqual({ data: 1 })
    expect(supervisor.stats().pools).toMatchObject({ default: { workers: 1, restarts: 1 } })
  })

  test('tell of workers that end with close()', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const heard = listen(supervisor)
    await supervisor.close()
    expect(heard).toHaveLength(2)
    for (const [name, event] of heard) {
      expect(name).toBe('worker:exited')
      expect(event).toMatchObject({ pool: 'default', reason: 'drained' })
    }
  })

  test('tell of an error that nobody awaited, with the request that ran', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const orphan = next(supervisor, 'orphan:error')
    const error = await failureOf(supervisor.execute({ service_id: 'Orphan', request_id: 'r' }))
    expect(error).toMatchObject({ code: 'WORKER_CRASHED', outcome: 'unknown', details: { reason: 'orphan' } })
    expect(error.cause).toMatchObject({ message: 'nobody caught this' })
    const event = await orphan
    expect(event).toMatchObject({ pool: 'default', worker: 1, requestId: 'r' })
    expect(event.error).toBeInstanceOf(RangeError)
  })

  test('tell of a service that took down too many workers, which is then refused while others run', async () => {
    const pools = { default: { workers: 1, max_restarts: 1 } }
    const supervisor = await started({ pools, services }, { root })
    const quarantined = next(supervisor, 'service:quarantined')
    await failureOf(supervisor.execute({ service_id: 'Exits' }))
    await failureOf(supervisor.execute({ service_id: 'Exits' }))
    const { serviceId, retryAt } = await quarantined
    expect(serviceId).toBe('Exits')
    expect(retryAt).toBeGreaterThan(performance.now())
    const error = await failureOf(supervisor.execute({ service_id: 'Exits' }))
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', outcome: 'not_started', retryable: true })
    expect(await supervisor.execute({ service_id: 'Fine', data: 1 })).toEqual({ data: 1 })
  })
})

describe('a listener', () => {
  test('that throws, or rejects, disturbs nothing and is logged', async () => {
    const { log, records } = keepingLog()
    const supervisor = await started({ services }, { root, workers: 1, logger: log, logLevel: 'error' })
    const heard: string[] = []
    supervisor.on('context:settled', () => {
      throw new Error('the listener threw')
    })
    supervisor.on('context:settled', (async () => {
      await Promise.resolve()
      throw new Error('the listener rejected')
    }) as () => void)
    supervisor.on('context:settled', ({ requestId }) => heard.push(requestId))
    expect(await supervisor.execute({ service_id: 'Fine', request_id: 'a' })).toEqual({ data: undefined })
    expect(await supervisor.execute({ service_id: 'Fine', request_id: 'b' })).toEqual({ data: undefined })
    expect(heard).toEqual(['a', 'b'])
    await supervisor.close()
    expect(records.map(({ message, fields }) => [message, (fields['error'] as Error).message])).toEqual([
      ['A listener failed', 'the listener threw'],
      ['A listener failed', 'the listener rejected'],
      ['A listener failed', 'the listener threw'],
      ['A listener failed', 'the listener rejected'],
    ])
  })

  test('hears nothing more once it was stopped', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    let count = 0
    const stop = supervisor.on('context:accepted', () => count++)
    await supervisor.execute({ service_id: 'Fine' })
    stop()
    let others = 0
    supervisor.on('context:accepted', () => others++)
    stop()
    await supervisor.execute({ service_id: 'Fine' })
    expect({ count, others }).toEqual({ count: 1, others: 1 })
  })

  test('may listen twice, and each time is stopped for itself', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    let count = 0
    const listener = () => count++
    const stop = supervisor.on('context:accepted', listener)
    supervisor.on('context:accepted', listener)
    await supervisor.execute({ service_id: 'Fine' })
    stop()
    await supervisor.execute({ service_id: 'Fine' })
    expect(count).toBe(3)
  })

  test('that is no function, or for an event that there is not, is the mistake of its caller', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    expect(() => supervisor.on('context:settled', 'listener' as never)).toThrow(TypeError)
    expect(() => supervisor.on('context:settle' as never, () => {})).toThrow(/context:settled/)
  })
})
