import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import { readPlan } from '../../../src/supervisor/service-registry.ts'

const echo = { module: 'components.echo', class: 'Echo' }

describe('readPlan normalises', () => {
  test('a service of one component', async () => {
    const plan = await readPlan({ services: { a: { ...echo, config: { param1: 'value1' } } } }, { root: '/' })
    expect(plan).toEqual({
      root: '/',
      pools: [
        {
          name: 'default',
          engine: 'threads',
          workers: availableParallelism(),
          maxRestarts: 10,
          withinMs: 10_000,
          thread: { pool: 'default', resourceLimits: { maxYoungGenerationSizeMb: 24 } },
        },
      ],
      services: [
        {
          id: 'a',
          index: 0,
          pool: 'default',
          stepped: false,
          steps: [{ name: 'step_1', ...echo, config: { param1: 'value1' }, onError: 'fail_fast' }],
          preload: false,
          idempotent: false,
          mailbox: 100_000,
          mailboxBytes: 2 ** 28,
          graceMs: 100,
          loadTimeoutMs: 10_000,
          warnAfterMs: 60_000,
          supervisorMiddleware: [],
          workerMiddleware: [],
        },
      ],
      middleware: [],
      warnings: [],
    })
  })

  test('steps with all that they may say', async () => {
    const steps = [
      { ...echo, output_mapping: { 'a.b': 'model' } },
      {
        ...echo,
        name: 'last',
        config: { n: 1 },
        input_mapping: { drift: 'model.drift' },
        when: { path: 'model.ok', equals: null },
        on_error: 'skip',
        fallback_output: { price: null },
      },
    ]
    const plan = await readPlan({ services: { a: { steps, timeout_ms: 5, deadline_ms: 6 } } })
    expect(plan.services[0]).toMatchObject({
      stepped: true,
      timeoutMs: 5,
      deadlineMs: 6,
      steps: [
        { name: 'step_1', ...echo, config: {}, onError: 'fail_fast', outputMapping: { 'a.b': 'model' } },
        {
          name: 'last',
          ...echo,
          config: { n: 1 },
          inputMapping: { drift: 'model.drift' },
          when: { path: 'model.ok', equals: null },
          onError: 'skip',
          fallbackOutput: { price: null },
        },
      ],
    })
  })

  test('middleware: order, sides, scopes, and none that is disabled', async () => {
    const plan = await readPlan({
      services: { a: echo, b: echo },
      middleware: [
        { use: 'logging', enabled: false },
        { use: 'metrics', scope: { exclude: ['b'] } },
        { use: 'validation', config: { max_payload_bytes: 10 } },
        { name: 'audit', module: './audit.ts', scope: { include: ['b'] } },
        { name: 'inner', module: './audit.ts', export: 'inner', side: 'worker' },
        { use: 'logging', name: 'log' },
      ],
    })
    expect(plan.middleware).toEqual([
      { name: 'metrics', entry: 1, side: 'supervisor', source: { use: 'metrics' }, config: {} },
      {
        name: 'validation',
        entry: 2,
        side: 'worker',
        source: { use: 'validation' },
        config: { max_payload_bytes: 10 },
      },
      { name: 'audit', entry: 3, side: 'supervisor', source: { module: './audit.ts', export: 'default' }, config: {} },
      { name: 'inner', entry: 4, side: 'worker', source: { module: './audit.ts', export: 'inner' }, config: {} },
      { name: 'log', entry: 5, side: 'supervisor', source: { use: 'logging' }, config: {} },
    ])
    expect(plan.services.map((service) => [service.supervisorMiddleware, service.workerMiddleware])).toEqual([
      [
        [0, 4],
        [1, 3],
      ],
      [
        [2, 4],
        [1, 3],
      ],
    ])
    expect(plan.warnings).toEqual([])
  })

  test('what the threads of a pool are given, and when they are replaced', async () => {
    const limits = { max_old_generation_size_mb: 64, stack_size_mb: 2 }
    const heavy = {
      resource_limits: limits,
      recycle_after: 5,
      recycle_at_mb: 100,
      env: ['LANG'],
      exec_argv: ['-r', 'x'],
    }
    const config = { pools: { heavy }, services: { a: { ...echo, pool: 'heavy' }, b: echo } }
    const usual = { engine: 'threads', workers: 2, maxRestarts: 10, withinMs: 10_000 }
    const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 24, stackSizeMb: 2 }
    const pools = { ...config.pools, heavy: { ...heavy, workers: 2 } }
    expect((await readPlan({ ...config, pools }, { workers: 2 })).pools).toEqual([
      { name: 'default', ...usual, thread: { pool: 'default', resourceLimits: { maxYoungGenerationSizeMb: 24 } } },
      {
        name: 'heavy',
        ...usual,
        recycleAfter: 5,
        recycleAtMb: 100,
        thread: { pool: 'heavy', resourceLimits, env: ['LANG'], execArgv: ['-r', 'x'] },
      },
    ])
    const inline = await readPlan(config, { engine: 'inline' })
    expect(inline.pools[1]).toEqual({
      ...usual,
      name: 'heavy',
      engine: 'inline',
      workers: 1,
      thread: { pool: 'heavy', resourceLimits: { maxYoungGenerationSizeMb: 24 } },
    })
    expect(inline.warnings).toContain('pools.heavy.recycle_after: has no effect on the engine inline')
    expect(inline.warnings).toHaveLength(5)
  })

  test('pools, leaving out those that no service uses', async () => {
    const config = {
      pools: { heavy: { workers: 3, max_restarts: 0, within_ms: 5 }, spare: {}, debug: { engine: 'inline' } },
      services: { a: { ...echo, pool: 'heavy' }, b: { ...echo, pool: 'debug' }, c: echo },
    }
    const plan = await readPlan(config, { workers: 2 })
    expect(plan.pools).toMatchObject([
      { name: 'default', engine: 'threads', workers: 2, maxRestarts: 10, withinMs: 10_000 },
      { name: 'heavy', engine: 'threads', workers: 3, maxRestarts: 0, withinMs: 5 },
      { name: 'debug', engine: 'inline', workers: 1, maxRestarts: 10, withinMs: 10_000 },
    ])
    expect(plan.warnings).toEqual(['pools.spare: is used by no service and is not started'])
    const inline = await readPlan(config, { engine: 'inline', workers: 'auto' })
    expect(inline.pools.map(({ engine }) => engine)).toEqual(['inline', 'inline', 'inline'])
  })
})

describe('readPlan gives a plan that', () => {
  test('is frozen, clonable, without prototypes, and apart from its source', async () => {
    const config = { n: [1] }
    const source = { services: { a: { ...echo, config } } }
    const plan = await readPlan(source)
    config.n.push(2)
    const [service] = plan.services
    expect(service?.steps[0]?.config).toEqual({ n: [1] })
    for (const object of [plan, plan.services, service, service?.steps[0]?.config['n']])
      expect(Object.isFrozen(object)).toBe(true)
    expect(structuredClone(plan)).toEqual(plan)
    expect(Object.getPrototypeOf(service)).toBe(null)
  })

  test('keeps a component config that is nested as deep as a file may be', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 'bottom' : [nested(depth - 1)])
    const plan = await readPlan({ services: { a: { ...echo, config: { x: nested(195) } } } })
    expect(JSON.stringify(plan.services[0]?.steps[0]?.config)).toContain('bottom')
  })

  test('takes nothing from a polluted Object.prototype', async () => {
    const pollution = {
      timeout_ms: 1,
      pool: 'evil',
      enabled: false,
      include: [],
      workers: 7,
      services: {},
      timeoutMs: 3,
    }
    for (const [key, value] of Object.entries(pollution)) {
      Object.defineProperty(Object.prototype, key, { value, configurable: true, enumerable: false, writable: true })
    }
    try {
      const plan = await readPlan({ services: { a: echo }, middleware: [{ use: 'logging' }] }, {})
      const [service] = plan.services
      expect(service?.pool).toBe('default')
      expect(service?.timeoutMs).toBe(undefined)
      expect(service?.supervisorMiddleware).toEqual([0])
      expect(plan.pools[0]?.workers).toBe(availableParallelism())
      await expect(readPlan({})).rejects.toMatchObject({ details: [{ path: 'services', message: 'is missing' }] })
    } finally {
      for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key)
    }
  })

  // Half a second on an idle machine: the bound only tells linear from quadratic, on a busy one too.
  test('has 10,000 services within 8 s', async () => {
    const services = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, n) => [`service-${n}`, { ...echo, module: `./c/m${n}.ts`, config: { n } }]),
    )
    const from = performance.now()
    const plan = await readPlan({ services, middleware: [{ use: 'logging' }] })
    expect(plan.services).toHaveLength(10_000)
    expect(performance.now() - from).toBeLessThan(8_000)
  })
})

describe('readPlan rejects', () => {
  test.each(['service_id', 'request_id', 'service_id.part'])('an output_mapping onto %s', async (path) => {
    const config = { services: { a: { steps: [{ ...echo, output_mapping: { id: path, 'x.y': 'z' } }] } } }
    await expect(readPlan(config)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: [{ path: 'services.a.steps[0].output_mapping.id', message: expect.stringMatching(/^must not go to/) }],
    })
  })

  test.each([
    ['workers 0', { workers: 0 }, 'options.workers'],
    ['workers 1.5', { workers: 1.5 }, 'options.workers'],
    ['an unknown engine', { engine: 'thread' }, 'options.engine'],
    ['a root that is no folder', { root: '/no/such/folder' }, 'options.root'],
  ])('the option %s', async (_name, options, path) => {
    const error = { code: 'CONFIG_INVALID', details: [{ path }] }
    await expect(readPlan({ services: { a: echo } }, options as object)).rejects.toMatchObject(error)
  })

  test('an object that holds a function', async () => {
    const config = { services: { a: { ...echo, config: { run: () => 1 } } } }
    await expect(readPlan(config)).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: [{ path: '$' }] })
  })
})
