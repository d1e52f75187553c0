import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EngineName, Supervisor, type TroupeError } from 'troupe'
import { batch, engines, errorOf } from './batches.ts'
import { inCleanProcess } from './clean-process.ts'
import { ConfigFolder } from './config-folder.ts'
import { withTail } from './tail.ts'

const DOOR = JSON.stringify(new URL('../../dist/src/component.js', import.meta.url).href)
// For what never loads; a busy machine may take longer for what does.
const SHORT = { load_timeout_ms: 400 }
const GOOD = 'export class Probe { execute(context) { return { n: context.data.n } } }'

let folder: ConfigFolder

beforeEach(() => void (folder = new ConfigFolder()))
afterEach(() => folder.remove())

/** What a service whose module is `source` (none: the file is absent) rejects with. */
async function loadError(
  engine: EngineName,
  source: string | undefined,
  judge: (error: TroupeError, supervisor: Supervisor) => void | Promise<void>,
  service: object = {},
): Promise<void> {
  if (source !== undefined) folder.write('probe.mjs', source)
  const probe = { module: './probe.mjs', class: 'Probe', ...service }
  await withTail({ services: { probe } }, { engine, workers: 1, root: folder.path }, async (supervisor) => {
    const error = errorOf((await supervisor.executeMany(batch('probe', 1)))[0])
    expect(error).toMatchObject({
      code: 'COMPONENT_LOAD_FAILED',
      outcome: 'not_started',
      serviceId: 'probe',
      requestId: expect.any(String),
      details: { step: 'step_1', module: './probe.mjs', file: join(folder.path, 'probe.mjs') },
    })
    expect(error.message).toContain(join(folder.path, 'probe.mjs'))
    await judge(error, supervisor)
  })
}

const unloadable: readonly [string, string | undefined, string | undefined, object?][] = [
  ['a file that is absent', undefined, undefined],
  ['a syntax error', 'export class Probe {', 'SyntaxError'],
  ['a top-level throw', 'throw new RangeError("not today")', 'RangeError'],
  ['a top-level throw of null', 'throw null', undefined],
  ['a top-level await that never resolves', 'await new Promise(() => {})', undefined, SHORT],
  ['an import of what is not there', 'import "./none.mjs"', 'Error'],
]

describe.each(engines)('K01 on %s', (engine) => {
  test.each(unloadable)(
    '%s fails the first context, and the next ones at once',
    async (_what, source, cause, limit) => {
      const judge = async (error: TroupeError, supervisor: Supervisor) => {
        if (cause !== undefined) expect((error.cause as Error).name).toBe(cause)
        const since = performance.now()
        for (const outcome of await supervisor.executeMany(batch('probe', 16))) {
          expect(errorOf(outcome)).toMatchObject({ code: error.code, message: error.message })
        }
        // To try each anew would take 16 × 400 ms where loading does not end.
        expect(performance.now() - since).toBeLessThan(3_000)
        expect(supervisor.stats().pools['default']).toMatchObject({ workers: 1, restarts: 0 })
      }
      await loadError(engine, source, judge, limit)
    },
  )

  test.each(unloadable)('%s of a service with preload ends the start', async (_what, source, cause, limit) => {
    if (source !== undefined) folder.write('probe.mjs', source)
    const services = { probe: { module: './probe.mjs', class: 'Probe', ...limit, preload: true } }
    await inCleanProcess(async () => {
      const start = Supervisor.start({ services }, { engine, workers: 2, root: folder.path, logLevel: 'silent' })
      const error = await start.then(
        () => expect.fail('it started'),
        (thrown: unknown) => thrown as TroupeError,
      )
      expect(error).toMatchObject({ code: 'COMPONENT_LOAD_FAILED', details: { file: join(folder.path, 'probe.mjs') } })
      if (cause !== undefined) expect((error.cause as Error).name).toBe(cause)
    })
  })
})

test('K01 a load that synchronous code never ends costs its worker, and the next service runs', async () => {
  folder.write('probe.mjs', 'for (;;);')
  await withTail(
    { services: { probe: { module: './probe.mjs', class: 'Probe', load_timeout_ms: 200 } } },
    { workers: 1, root: folder.path },
    async (supervisor) => {
      const error = errorOf((await supervisor.executeMany(batch('probe', 1)))[0])
      expect(error).toMatchObject({ code: 'COMPONENT_LOAD_FAILED', outcome: 'not_started' })
    },
  )
})

describe.each(engines)('K02 a load that fails once, on %s,', (engine) => {
  test.each([
    ['absent', undefined],
    ['throwing', 'import { existsSync } from "node:fs"; if (!existsSync(MARKER)) throw new Error("not yet");'],
  ])('%s, succeeds once its cause is gone and the wait of a second is over', async (_what, source) => {
    const marker = `${folder.path}/marker`
    const text = `${source ?? ''}\n${GOOD}`.replace('MARKER', JSON.stringify(marker))
    await loadError(engine, source === undefined ? undefined : text, async (error, supervisor) => {
      folder.write('marker', '')
      if (source === undefined) folder.write('probe.mjs', text)
      // The wait counts from the failure, which has been heard by now; timers may be a millisecond early.
      await delay(1_010)
      expect(await supervisor.executeMany(batch('probe', 1))).toEqual([{ ok: true, value: { n: 0 } }])
      expect(error.code).toBe('COMPONENT_LOAD_FAILED')
      for (const one of await supervisor.executeMany(batch('probe', 16))) expect(one.ok).toBe(true)
    })
  })
})

describe.each(engines)('K03 an export that is no component, on %s:', (engine) => {
  test.each<[string, string, object?]>([
    ['missing', 'export class Other { execute() {} }'],
    ['a number', 'export const Probe = 5'],
    ['null', 'export const Probe = null'],
    ['an object', 'export const Probe = { execute() {} }'],
    ['an arrow function', 'export const Probe = () => ({ execute() {} })'],
    ['a class without execute', 'export class Probe {}'],
    ['a class whose execute is no function', 'export class Probe { execute = 5 }'],
    ['an execute getter that throws', 'export class Probe { get execute() { throw new Error("no") } }'],
    [
      'a class that makes an object without execute',
      'export class Probe { constructor() { return Object.create(null) } execute() {} }',
    ],
    ['a function called then', 'export function then(resolve) { resolve({}) }\nexport class Probe { execute() {} }'],
    [
      'a function called then that never answers',
      'export function then() {}\nexport class Probe { execute() {} }',
      SHORT,
    ],
    ['an inherited name', 'export default {}', { class: 'toString' }],
    ['an inherited name', 'export default {}', { class: 'hasOwnProperty' }],
  ])('%s', async (_what, source, service) => {
    const judge = (error: TroupeError) =>
      expect(error.message).toContain((service as { class?: string })?.class ?? 'Probe')
    await loadError(engine, source, judge, service)
  })

  test.each(['then', 'constructor', '__proto__', 'prototype'])('called %s, is refused at the start', async (name) => {
    folder.write('probe.mjs', GOOD)
    const services = { probe: { module: './probe.mjs', class: name } }
    await inCleanProcess(async () => {
      const start = Supervisor.start({ services }, { engine, workers: 1, root: folder.path })
      await expect(start).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: [{ path: 'services.probe.class' }] })
    })
  })
})

describe.each(engines)('K04 a constructor, on %s,', (engine) => {
  test.each([
    ['that throws', 'constructor() { throw new RangeError("no license") }', /no license/],
    ['that throws null', 'constructor() { throw null }', /null/],
    ['that returns a promise', 'constructor() { return Promise.resolve(this) }', /promise/],
    ['that returns a promise which rejects', 'constructor() { return Promise.reject(new Error("x")) }', /promise/],
  ])('%s is not kept as good', async (_what, constructor, message) => {
    const source = `export class Probe { ${constructor} execute() { return { ran: true } } }`
    await loadError(engine, source, async (error, supervisor) => {
      expect(error.message).toMatch(message)
      const again = errorOf((await supervisor.executeMany(batch('probe', 1)))[0])
      expect(again).toMatchObject({ code: 'COMPONENT_LOAD_FAILED', message: error.message })
    })
  })

  test('that is slow is past the load timeout', async () => {
    const source = `import { defineComponent } from ${DOOR}
      export const Probe = defineComponent({ create: () => new Promise(() => {}) })`
    const judge = (error: TroupeError) => expect(error.message).toMatch(/400 ms/)
    await loadError(engine, source, judge, SHORT)
  })

  test('whose config is invalid by its schema names every issue', async () => {
    const issues = `{ issues: [{ message: 'must be a number', path: ['rate'] }] }`
    const schema = `{ '~standard': { version: 1, vendor: 'test', validate: () => (${issues}) } }`
    const source = `import { defineComponent } from ${DOOR}
      export const Probe = defineComponent({ config: ${schema}, create: () => ({ execute() {} }) })`
    await loadError(engine, source, (error) => {
      expect(error.message).toMatch(/config\.rate: must be a number/)
    })
  })
})
