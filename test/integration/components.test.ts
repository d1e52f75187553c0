import { describe, expect, test } from 'vitest'
import { failureOf, fixture, keepingLog, started } from '../fixtures/supervised.ts'

const root = fixture('components')

async function run(module: string, name: string, config: object = {}): Promise<unknown> {
  const supervisor = await started({ services: { it: { module, class: name, config } } }, { root, workers: 1 })
  return await supervisor.execute({ service_id: 'it', request_id: 'r' })
}

describe('a component', () => {
  test.each([
    ['./plain.ts', 'FromTs', 'ts'],
    ['./module.mts', 'FromMts', 'mts'],
    ['./script.js', 'FromJs', 'js'],
    ['./module-script.mjs', 'FromMjs', 'mjs'],
  ])('is loaded from %s', async (module, name, from) => {
    expect(await run(module, name)).toEqual({ from })
  })

  test('may use TypeScript that type stripping refuses, and a warning says that tsx was needed', async () => {
    const service = { module: './beyond-stripping.ts', class: 'BeyondStripping', config: { level: 'High' } }
    const { log, records } = keepingLog()
    const options = { root: fixture('broken'), workers: 1, logger: log, logLevel: 'warn' } as const
    const supervisor = await started({ services: { it: service } }, options)
    expect(await supervisor.execute({ service_id: 'it' })).toEqual({ level: 10 })
    await supervisor.close()
    // Where Node has no type stripping of its own, tsx loads every TypeScript file.
    const strips = Boolean((process.features as { readonly typescript?: unknown }).typescript)
    expect(records.filter(({ message }) => message.includes('so tsx loaded it'))).toHaveLength(strips ? 1 : 0)
  })

  test('shares the state of what it imports with other components of its worker', async () => {
    const services = {
      first: { module: './first.ts', class: 'First' },
      second: { module: './second.ts', class: 'Second' },
    }
    const supervisor = await started({ services }, { root, workers: 1 })
    const results: unknown[] = []
    for (const service_id of ['first', 'second', 'first', 'second']) {
      results.push(await supervisor.execute({ service_id }))
    }
    expect(results).toEqual([{ first: 1 }, { second: 2 }, { first: 3 }, { second: 4 }])
  })

  test('may import npm packages', async () => {
    expect(await run('./npm-import.mjs', 'NpmImport')).toEqual({ distance: 3 })
  })
})

describe('defineComponent', () => {
  test('gives an asynchronous create the parsed config', async () => {
    expect(await run('./defined.ts', 'Defined', { rate: 0.5 })).toEqual({ factor: 1 })
  })

  test('refuses a config that its schema refuses, listing every issue', async () => {
    const error = await failureOf(run('./defined.ts', 'Defined', { rate: -1, years: 'two' }))
    expect(error).toMatchObject({
      code: 'COMPONENT_LOAD_FAILED',
      outcome: 'not_started',
      serviceId: 'it',
      requestId: 'r',
      details: {
        step: 'step_1',
        module: './defined.ts',
        class: 'Defined',
        file: fixture('components/defined.ts'),
        issues: [{ path: 'config.rate' }, { path: 'config.years' }],
      },
    })
    expect(error.message).toMatch(/config\.rate: .+; config\.years: .+/)
  })

  test('whose create throws is a component that cannot be loaded', async () => {
    const error = await failureOf(run('./defined.ts', 'Refusing'))
    expect(error).toMatchObject({ code: 'COMPONENT_LOAD_FAILED', outcome: 'not_started' })
    expect(error.message).toContain('create cannot')
    expect(error.cause).toBeInstanceOf(RangeError)
  })
})
