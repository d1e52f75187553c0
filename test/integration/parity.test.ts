import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { failureOf, fixture, keepingLog, started } from '../fixtures/supervised.ts'

const file = fixture('parity/services.json')
const root = fixture('parity')
const written = JSON.parse(readFileSync(file, 'utf8')) as { readonly services: Readonly<Record<string, object>> }

describe('a services.json of the Python framework', () => {
  test('runs as it is, and its config reaches the class', async () => {
    const supervisor = await started(file, { workers: 1 })
    expect(await supervisor.execute({ service_id: 'my-service', request_id: 'req-1', data: {} })).toEqual({
      status: 'success',
      param1: 'value1',
      request: 'req-1',
      user: null,
    })
  })

  test('lists its service with step, module and class', async () => {
    const supervisor = await started(file, { workers: 1 })
    expect(supervisor.services()).toEqual([
      {
        id: 'my-service',
        pool: 'default',
        engine: 'threads',
        stepped: false,
        preload: false,
        idempotent: false,
        steps: [{ name: 'step_1', module: 'components.my_component', class: 'MyComponent' }],
        middleware: { supervisor: [], worker: [] },
      },
    ])
  })

  test('a context without service_id is an error that names what is registered', async () => {
    const supervisor = await started(file, { workers: 1 })
    const error = await failureOf(supervisor.execute({ data: {} } as never))
    expect(error).toMatchObject({ code: 'CONTEXT_INVALID', outcome: 'not_started' })
    expect(error.message).toContain('my-service')
  })

  test('an unknown service is an error that names what is registered and what comes nearest', async () => {
    const supervisor = await started(file, { workers: 1 })
    const error = await failureOf(supervisor.execute({ service_id: 'my-servise' }))
    expect(error).toMatchObject({ code: 'SERVICE_NOT_FOUND', outcome: 'not_started', serviceId: 'my-servise' })
    expect(error.details).toEqual({ services: ['my-service'] })
    expect(error.message).toContain('did you mean my-service?')
  })

  test('a component without config needs no constructor', async () => {
    const services = { bare: { module: 'components.no_constructor', class: 'NoConstructor' } }
    const supervisor = await started({ services }, { root, workers: 1 })
    expect(await supervisor.execute({ service_id: 'bare' })).toEqual({ status: 'success' })
  })

  test.each(['supervisor', 'worker'] as const)(
    'a logging and a custom middleware work on the %s side',
    async (side) => {
      const { log, records } = keepingLog()
      const middleware = [
        { use: 'logging', side },
        { name: 'add-user', module: 'middleware.add_user', export: 'addUser', side, config: { user: 'ada' } },
      ]
      const supervisor = await started({ ...written, middleware }, { root, workers: 1, logger: log, logLevel: 'info' })
      const result = await supervisor.execute({ service_id: 'my-service', request_id: 'req-1' })
      expect(result).toMatchObject({ status: 'success', user: 'ada', side })
      expect(supervisor.services()[0]?.middleware[side]).toEqual(['logging', 'add-user'])
      await supervisor.close()
      const own = records.filter(({ fields }) => fields['request_id'] === 'req-1')
      expect(own.map(({ message }) => message)).toEqual([
        expect.stringMatching(/started/i),
        'user added',
        expect.stringMatching(/completed/i),
      ])
      expect(own.every(({ fields }) => fields['service_id'] === 'my-service')).toBe(true)
    },
  )
})
