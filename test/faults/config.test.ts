import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ConfigProblem, Supervisor, type TroupeError } from 'troupe'
import { ConfigFolder } from './config-folder.ts'

const echo = { module: 'troupe:echo', class: 'Echo' }
const good = { services: { echo } }

let folder: ConfigFolder
let threads = 0
const count = () => void threads++

beforeAll(() => void process.on('worker', count))
afterAll(() => void process.off('worker', count))

beforeEach(() => {
  folder = new ConfigFolder()
  threads = 0
})

afterEach(() => {
  folder.remove()
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as { x?: unknown }).x).toBe(undefined)
})

/** What `start` rejects with; nothing may have been started. */
async function rejection(source: string | object, root = folder.path): Promise<TroupeError> {
  const started = await Supervisor.start(source, { workers: 1, root }).catch((error: unknown) => error as TroupeError)
  if (!(started instanceof Error)) {
    await started.close()
    throw new Error('The configuration was accepted')
  }
  expect(threads).toBe(0)
  expect(started.outcome).toBe('not_started')
  return started
}

/** The problems of a configuration, path → message. */
async function problems(source: string | object): Promise<Record<string, string>> {
  const { details } = await rejection(source)
  return Object.fromEntries((details as ConfigProblem[]).map(({ path, message }) => [path, message]))
}

/** A configuration that is valid: it runs a context, and says these warnings. */
async function warnings(config: object): Promise<readonly string[]> {
  const supervisor = await Supervisor.start(config, { workers: 1, root: folder.path })
  expect(await supervisor.execute({ service_id: 'echo', data: 1 })).toEqual({ echo: 1 })
  await supervisor.close()
  return (await Supervisor.check(config)).warnings
}

test('C01 a missing file starts nothing, and another start works', async () => {
  const file = join(folder.path, 'services.json')
  const error = await rejection(file)
  expect(error).toMatchObject({ code: 'CONFIG_NOT_FOUND', message: expect.stringContaining(file) })
  folder.write('services.json', good)
  const supervisor = await Supervisor.start(file, { workers: 1 })
  expect(await supervisor.execute({ service_id: 'echo', data: 1 })).toEqual({ echo: 1 })
  await supervisor.close()
  expect(threads).toBe(1)
})

describe('C02 a file that is no text', () => {
  const text = JSON.stringify(good)
  test.each<[string, (file: string) => unknown]>([
    ['directory', (file) => mkdirSync(file)],
    ['FIFO', (file) => execFileSync('mkfifo', [file])],
    ['empty file', () => folder.write('services.json', '')],
    ['byte order mark', () => folder.write('services.json', `\ufeff${text}`)],
    ['UTF-16 with a mark', () => folder.write('services.json', Buffer.from(`\ufeff${text}`, 'utf16le'))],
    ['UTF-16 without a mark', () => folder.write('services.json', Buffer.from(text, 'utf16le'))],
    ['invalid UTF-8', () => folder.write('services.json', Buffer.from([0x22, 0xff, 0x22]))],
  ])('%s', async (_name, make) => {
    const file = join(folder.path, 'services.json')
    make(file)
    expect(await rejection(file)).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(file) })
  })

  test('unreadable', async () => {
    const file = folder.write('services.json', good)
    chmodSync(file, 0)
    // The superuser may read anything, so for a while this process is somebody else.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) {
      chmodSync(folder.path, 0o755)
      process.seteuid!(65_534)
    }
    try {
      expect(await rejection(file)).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(file) })
    } finally {
      if (isRoot) process.seteuid!(0)
    }
  })
})

test.each([
  ['truncated', '{\n  "services": {', /2:16/],
  ['trailing comma', '{\n  "services": {},\n}', /3:1\b/],
  ['comment', '{ // no\n}', /1:3/],
  ['two values', '{}\n{}', /2:1\b/],
  ['deep and broken', '['.repeat(200_000), /./],
])('C03 bad JSON: %s', async (_name, text, position) => {
  const error = await rejection(folder.write('services.json', text))
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(position) })
})

test('C04 six errors are six problems, each with its path', async () => {
  const step = { module: './x.ts', class: 'X' }
  const found = await problems({
    services: {
      a: { steps: [step, { module: './x.ts' }, { class: 'X' }] },
      b: { steps: [] },
      c: { steps: step },
      d: { config: {} },
      e: [],
    },
  })
  expect(found).toEqual({
    'services.a.steps[1].class': 'is missing',
    'services.a.steps[2].module': 'is missing',
    'services.b.steps': 'must not be empty',
    'services.c.steps': 'must be an array, but is an object',
    'services.d': 'needs module and class, or steps',
    'services.e': 'must be an object, but is an array',
  })
})

test.each<[object, string, string]>([
  [{}, 'services', 'is missing'],
  [[], '$', 'must be an object, but is an array'],
  [{ services: [] }, 'services', 'must be an object, but is an array'],
  [{ services: { a: { class: 'X' } } }, 'services.a.module', 'is missing'],
  [{ services: { a: { module: './x.ts' } } }, 'services.a.class', 'is missing'],
  [{ services: { a: { ...echo, steps: [echo] } } }, 'services.a.module', 'must not stand beside steps'],
])('C04 %j', async (config, path, message) => {
  expect(await problems(config)).toMatchObject({ [path]: message })
})

test.each([
  [{ services: { a: { ...echo, timout_ms: 1 } } }, 'services.a.timout_ms', 'timeout_ms'],
  [{ services: { a: { steps: [{ ...echo, on_eror: 'skip' }] } } }, 'services.a.steps[0].on_eror', 'on_error'],
  [{ ...good, midleware: [] }, 'midleware', 'middleware'],
  [{ ...good, pools: { default: { worker: 1 } } }, 'pools.default.worker', 'workers'],
  [{ ...good, middleware: [{ use: 'loging' }] }, 'middleware[0].use', 'logging'],
  [{ ...good, middleware: [{ use: 'logging', scope: { only: [] } }] }, 'middleware[0].scope.only', undefined],
])('C05 unknown key in %j', async (config, path, nearest) => {
  const { details } = await rejection(config)
  expect(details).toEqual([{ path, message: expect.any(String), ...(nearest && { nearest }) }])
})

test('C06 an unknown policy is told the known ones', async () => {
  const found = await problems({ services: { a: { steps: [{ ...echo, on_error: 'ignore' }] } } })
  expect(found).toEqual({
    'services.a.steps[0].on_error': 'must be one of "fail_fast", "skip", "compensate", but is "ignore"',
  })
})

describe('C07 a name that reaches a prototype', () => {
  const component = JSON.stringify(echo).slice(0, -1)
  test.each(['__proto__', 'constructor', 'prototype'])('%s', async (name) => {
    const texts = {
      [`services.${name}`]: `{"services":{"${name}":{"x":1}}}`,
      [`services.a.steps[0].config.${name}`]: `{"services":{"a":{"steps":[${component},"config":{"${name}":{"x":1}}}]}}}`,
      [`services.a.config.b.c.d.e.${name}`]: `{"services":{"a":${component},"config":{"b":{"c":{"d":{"e":{"${name}":{"x":1}}}}}}}}}`,
      [`services.a.config.b[0][1].${name}`]: `{"services":{"a":${component},"config":{"b":[[0,{"${name}":{"x":1}}]]}}}}`,
      [name]: `{"services":{},"${name}":{"x":1}}`,
    }
    for (const [path, text] of Object.entries(texts)) {
      expect(await problems(folder.write('services.json', text))).toEqual({ [path]: `must not be named ${name}` })
      expect(({} as { x?: unknown }).x).toBe(undefined)
    }
  })

  test('reaches no worker', async () => {
    const source = `export class Probe { execute() { return { x: ({}).x ?? null, keys: Object.keys(Object.prototype) } } }`
    folder.write('probe.mjs', source)
    const supervisor = await Supervisor.start(
      { services: { probe: { module: './probe.mjs', class: 'Probe' } } },
      { root: folder.path, workers: 2 },
    )
    const context = { service_id: 'probe', data: JSON.parse('{"__proto__":{"x":1}}') as unknown }
    for (const outcome of await supervisor.executeMany(Array.from({ length: 8 }, () => context))) {
      expect(outcome).toEqual({ ok: true, value: { x: null, keys: [] } })
    }
    await supervisor.close()
  })
})

test('C08 of a duplicate key in the text, the last one wins', async () => {
  const text = `{"services":{"echo":{"module":"./none.ts","class":"None"},"echo":${JSON.stringify(echo)}}}`
  const supervisor = await Supervisor.start(folder.write('services.json', text), { workers: 1 })
  expect(await supervisor.execute({ service_id: 'echo', data: 1 })).toEqual({ echo: 1 })
  await supervisor.close()
})

test.each([
  [
    { ...echo, name: 's' },
    { ...echo, name: 's' },
  ],
  [echo, { ...echo, name: 'step_1' }],
])('C08 duplicate step names', async (...steps) => {
  expect(await problems({ services: { a: { steps } } })).toEqual({
    'services.a.steps[1].name': expect.stringContaining('is the name of an earlier step'),
  })
})

describe('C09 numbers', () => {
  const fields = ['timeout_ms', 'deadline_ms', 'grace_ms', 'load_timeout_ms', 'warn_after_ms']
  test.each(['0', '-1', '"NaN"', '"5"', '1e400', '2147483648', '1.5', 'null', 'true'])('%s', async (number) => {
    for (const field of fields) {
      const text = `{"services":{"a":{"module":"troupe:echo","class":"Echo","${field}":${number}}}}`
      const found = await problems(folder.write('services.json', text))
      expect(found).toEqual({ [`services.a.${field}`]: expect.stringMatching(/^must be/) })
    }
  })
})

test.each<[object, string]>([
  [{ ...good, pools: { default: { workers: 0 } } }, 'pools.default.workers'],
  [{ ...good, pools: { default: { workers: -1 } } }, 'pools.default.workers'],
  [{ ...good, pools: { default: { workers: 1.5 } } }, 'pools.default.workers'],
  [{ ...good, pools: { default: { workers: 'many' } } }, 'pools.default.workers'],
  [{ ...good, pools: { default: { workers: 1025 } } }, 'pools.default.workers'],
  [{ ...good, pools: { default: { engine: 'processes' } } }, 'pools.default.engine'],
  [{ ...good, pools: { default: { recycle_after: 0 } } }, 'pools.default.recycle_after'],
  [{ ...good, pools: { default: { recycle_at_mb: 15 } } }, 'pools.default.recycle_at_mb'],
  [{ ...good, pools: { default: { resource_limits: 64 } } }, 'pools.default.resource_limits'],
  [{ ...good, pools: { default: { env: 'LANG' } } }, 'pools.default.env'],
  [{ ...good, pools: { default: { env: [''] } } }, 'pools.default.env[0]'],
  [{ ...good, pools: { default: { env: { LANG: 'C' } } } }, 'pools.default.env'],
  [{ ...good, pools: { default: { exec_argv: '--no-warnings' } } }, 'pools.default.exec_argv'],
  [{ ...good, pools: { default: { exec_argv: [1] } } }, 'pools.default.exec_argv[0]'],
  [{ services: { a: { ...echo, mailbox: 0 } } }, 'services.a.mailbox'],
  [{ pools: { heavy: {} }, services: { a: { ...echo, pool: 'haevy' } } }, 'services.a.pool'],
])('C10 %j', async (config, path) => {
  expect(Object.keys(await problems(config))).toEqual([path])
})

const memoryLimits = [
  'max_old_generation_size_mb',
  'max_young_generation_size_mb',
  'code_range_size_mb',
  'stack_size_mb',
]
test.each(memoryLimits)('C10 resource_limits.%s', async (limit) => {
  for (const value of [0, -1, 1.5, 2 ** 31, '64', null]) {
    const config = { ...good, pools: { default: { resource_limits: { [limit]: value } } } }
    expect(Object.keys(await problems(config))).toEqual([`pools.default.resource_limits.${limit}`])
  }
})

test('C10 a heap of less than 16 MB, in which no thread comes up', async () => {
  const config = { ...good, pools: { default: { resource_limits: { max_old_generation_size_mb: 15 } } } }
  expect(await problems(config)).toEqual({
    'pools.default.resource_limits.max_old_generation_size_mb': 'must be at least 16, but is 15',
  })
})

test.each([
  ['resource_limits', { stack_size_mb: 2 }],
  ['recycle_after', 5],
  ['recycle_at_mb', 100],
  ['env', []],
  ['exec_argv', []],
])('C10 %s of a pool that is inline', async (option, value) => {
  const config = { ...good, pools: { default: { engine: 'inline', [option]: value } } }
  expect(await problems(config)).toEqual({ [`pools.default.${option}`]: expect.stringContaining('cannot act') })
  // The engine of the whole program may be set to inline to debug what is written for threads.
  const report = await Supervisor.check({ ...good, pools: { default: { [option]: value } } })
  expect(report.warnings).toEqual([])
})

describe('C10 a variable of the environment in an option of a pool', () => {
  const NAME = 'TROUPE_TEST_VARIABLE'
  const reference = `\${${NAME}}`
  afterEach(() => void delete process.env[NAME])

  test.each<[object, string]>([
    [{ workers: reference }, 'workers'],
    [{ resource_limits: { stack_size_mb: reference } }, 'resource_limits.stack_size_mb'],
    [{ exec_argv: ['--no-warnings', `--conditions=${reference}`] }, 'exec_argv[1]'],
    [{ env: [reference] }, 'env[0]'],
  ])('that is not set: %j', async (pool, path) => {
    const found = await problems({ ...good, pools: { default: pool } })
    expect(found).toEqual({ [`pools.default.${path}`]: `names the environment variable ${NAME}, which is not set` })
  })

  test.each(['', '0', '1.5', 'many', '1e2', '${HOME}'])('whose value %j is none for workers', async (value) => {
    process.env[NAME] = value
    const found = await problems({ ...good, pools: { default: { workers: reference } } })
    expect(Object.keys(found)).toEqual(['pools.default.workers'])
  })

  test.each(['1', 'auto'])('is read: %j', async (value) => {
    process.env[NAME] = value
    expect(await warnings({ ...good, pools: { default: { workers: reference, engine: 'threads' } } })).toEqual([])
  })

  test('is a text in lists, whatever it looks like, and is not read in options of services', async () => {
    process.env[NAME] = '5'
    const pools = { default: { env: [reference], exec_argv: [`--title=${reference}`, reference] } }
    const refused = await rejection({ ...good, pools })
    expect(refused.message).toContain('--title=5')
    expect(Object.keys(await problems({ services: { echo: { ...echo, timeout_ms: reference } } }))).toEqual([
      'services.echo.timeout_ms',
    ])
  })
})

test.each([0, -1, 1.5, NaN, 'four' as never])('C10 option workers %s', async (workers) => {
  const start = Supervisor.start(good, { workers })
  await expect(start).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: [{ path: 'options.workers' }] })
})

describe('C11 a module that is not allowed', () => {
  let server: Server
  let connections = 0
  let port = 0

  beforeAll(async () => {
    server = createServer((socket) => void (connections++, socket.destroy()))
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
    port = (server.address() as { port: number }).port
  })
  afterAll(() => void server.close())

  test.each([
    '../../../etc/passwd',
    '/etc/passwd',
    'file:///etc/passwd',
    'data:text/javascript,export class X{}',
    'http://127.0.0.1:PORT/x.js',
    '//127.0.0.1:PORT/x.js',
    'node:child_process',
    'fs',
    './a%2e%2e/b',
    './a%2e%2e/b.mjs',
    '.\\..\\x',
    '.\\..\\x.mjs',
    './x.js\0.json',
    './inside.mjs\0.mjs',
    './link-out.mjs',
    './folder-out/outside.mjs',
    './inside.mjs?y',
    './inside.mjs#y',
    '//host/x',
    './/host/x.mjs',
    './root/../inside.mjs',
    './folder.mjs',
  ])('%j', async (form) => {
    const module = form.replace('PORT', String(port))
    folder.write('outside.mjs', folder.mark('outside'))
    folder.write('root/inside.mjs', folder.mark('inside'))
    const root = join(folder.path, 'root')
    mkdirSync(join(root, 'folder.mjs'))
    symlinkSync(join(folder.path, 'outside.mjs'), join(root, 'link-out.mjs'))
    symlinkSync(folder.path, join(root, 'folder-out'))

    const services = { a: { module, class: 'X', preload: true }, b: { steps: [echo, { module, class: 'X' }] } }
    const middleware = [{ name: 'm', module }]
    const error = await rejection({ services, middleware }, root)
    expect(error.code).toBe('COMPONENT_PATH_FORBIDDEN')
    expect((error.details as ConfigProblem[]).map(({ path }) => path)).toEqual([
      'services.a.module',
      'services.b.steps[1].module',
      'middleware[0].module',
    ])
    expect(error.message).toContain(JSON.stringify(module))
    expect(folder.ran).toEqual([])
    expect(connections).toBe(0)
  })

  test('beside other problems, all are told', async () => {
    const error = await rejection({ services: { a: { module: '/x.js', class: 'X', timeout_ms: 0 } } })
    expect(error.code).toBe('CONFIG_INVALID')
    expect((error.details as ConfigProblem[]).map(({ path }) => path)).toEqual([
      'services.a.timeout_ms',
      'services.a.module',
    ])
  })

  test('a dotted form that matches two files', async () => {
    folder.write('components/twice.mjs', '')
    folder.write('components/twice.ts', '')
    const found = await problems({ services: { a: { module: 'components.twice', class: 'X' } } })
    expect(found).toEqual({ 'services.a.module': expect.stringContaining('matches 2 files') })
  })
})

test('C12 nothing is taken from a polluted Object.prototype', async () => {
  folder.write('services.json', good)
  folder.write('evil.mjs', folder.mark('evil'))
  const script = resolve('test/fixtures/polluted-start.mjs')
  const args = [script, folder.path, join(folder.path, 'evil.mjs')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 })
  expect(JSON.parse(stdout)).toEqual({ echo: 'clean', services: ['echo'], missing: 'CONFIG_INVALID' })
  expect(folder.ran).toEqual([])
})

test('C12 what a program puts on Object.prototype stays there while a supervisor starts', async () => {
  const script = resolve('test/fixtures/polluted-watch.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 30_000 })
  expect(JSON.parse(stdout)).toEqual({ looked: true, missed: 0, enumerable: ['extra'] })
})

describe('C13 a huge configuration', () => {
  test('of 10,000 services starts', async () => {
    const services = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`echo-${n}`, echo]))
    const supervisor = await Supervisor.start(folder.write('services.json', { services }), { workers: 1 })
    expect(await supervisor.execute({ service_id: 'echo-9999', data: 1 })).toEqual({ echo: 1 })
    await supervisor.close()
  })

  test('of 50 MB starts', { timeout: 30_000 }, async () => {
    const config = { text: 'x'.repeat(1_000) }
    const services = Object.fromEntries(
      Array.from({ length: 48 }, (_, n) => [`s-${n}`, { ...echo, config: { rows: Array(1_000).fill(config) } }]),
    )
    const supervisor = await Supervisor.start(folder.write('services.json', { services: { ...services, echo } }), {
      workers: 1,
    })
    expect(await supervisor.execute({ service_id: 'echo', data: 1 })).toEqual({ echo: 1 })
    await supervisor.close()
  })

  test('of more than 64 MiB is told the limit', async () => {
    const error = await rejection(folder.write('services.json', Buffer.alloc(64 * 1024 * 1024 + 1, ' ')))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('67108864') })
  })

  test.each([
    ['arrays', '['.repeat(100_000), ']'.repeat(100_000)],
    ['objects', '{"a":'.repeat(100_000), `1${'}'.repeat(100_000)}`],
  ])('of 100,000 nested %s is told the limit', async (_name, opening, closing) => {
    const text = `{"services":{"a":{"module":"troupe:echo","class":"Echo","config":{"x":${opening}${closing}}}}}`
    expect(await problems(folder.write('services.json', text))).toEqual({ $: 'is nested more than 200 levels deep' })
  })
})

// A supervisor cannot reload its configuration yet.

describe('C15 a middleware that cannot be loaded ends the start', () => {
  test.each([
    ['file missing', undefined, 'default'],
    ['syntax error', 'export default (', 'default'],
    ['throws when loaded', 'throw new Error("no")', 'default'],
    ['export missing', 'export const other = () => (c, next) => next(c)', 'default'],
    ['no factory', 'export default 5', 'default'],
    ['factory returns no middleware', 'export const audit = () => 5', 'audit'],
    ['factory throws', 'export const audit = () => { throw new Error("no") }', 'audit'],
    ['a class', 'export class Audit {}', 'Audit'],
  ])('%s', async (_name, source, name) => {
    folder.write('probe.mjs', `${folder.mark('loaded')} export class Probe { execute() { return {} } }`)
    if (source !== undefined) folder.write('audit.mjs', source)
    const services = { probe: { module: './probe.mjs', class: 'Probe' } }
    for (const side of ['supervisor', 'worker']) {
      const middleware = [{ use: 'logging' }, { name: 'audit', module: './audit.mjs', export: name, side }]
      const start = Supervisor.start({ services, middleware }, { root: folder.path, workers: 1 })
      await expect(start).rejects.toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'not_started' })
    }
    expect(folder.ran).toEqual([])
  })
})

describe('C16 the scope of a middleware', () => {
  const scoped = (scope: object) => ({ services: { echo, other: echo }, middleware: [{ use: 'metrics', scope }] })
  test.each<[object, string]>([
    [{ include: ['ecko'] }, 'middleware[0].scope.include[0]'],
    [{ exclude: ['none'] }, 'middleware[0].scope.exclude[0]'],
    [{ include: [5] }, 'middleware[0].scope.include[0]'],
    [{ include: 'echo' }, 'middleware[0].scope.include'],
    [[], 'middleware[0].scope'],
  ])('%j is an error', async (scope, path) => {
    expect(Object.keys(await problems(scoped(scope)))).toEqual([path])
  })

  test.each<[object, string[]]>([
    [{ include: ['echo', 'echo'] }, ['middleware[0].scope.include[1]: "echo" is there twice']],
    [
      { include: ['echo', 'other'], exclude: ['echo'] },
      ['middleware[0].scope.exclude[0]: "echo" is included too; it stays excluded'],
    ],
    [{ exclude: ['echo', 'other'] }, ['middleware[0].scope: leaves no service to run around']],
    [{ include: [] }, ['middleware[0].scope: leaves no service to run around']],
  ])('%j is a warning', async (scope, expected) => {
    expect(await warnings(scoped(scope))).toEqual(expected)
  })

  test('one name for two middleware is an error', async () => {
    const found = await problems({ ...good, middleware: [{ use: 'metrics' }, { use: 'metrics' }] })
    expect(found).toEqual({ 'middleware[1].name': expect.stringContaining('is the name of an earlier middleware') })
  })
})
