import { Supervisor } from 'troupe'
import { expect, test } from 'vitest'
import { failureOf, fixture } from '../fixtures/supervised.ts'

const root = fixture('lifecycle')
const module = './lifecycle.mjs'
const step = (name: string, more: object = {}) => ({ module, class: name, ...more })

test('check reports on every component of every service, the bad ones included', async () => {
  const services = {
    fine: step('Fine', { preload: true }),
    steps: { steps: [step('Fine', { name: 'a' }), step('Fnie', { name: 'b' }), step('NeedsConfig', { name: 'c' })] },
    'no-config': step('NeedsConfig', { preload: true }),
    config: step('NeedsConfig', { config: { name: 'x' } }),
    'no-execute': step('NoExecute'),
    absent: { module: './absent.ts', class: 'Absent' },
    bundled: { module: 'troupe:echo', class: 'Echo' },
  }
  const report = await Supervisor.check({ services }, { root })
  expect(report).toMatchObject({ ok: false, warnings: [] })
  expect(report.services.map(({ id, ok }) => [id, ok])).toEqual([
    ['fine', true],
    ['steps', false],
    ['no-config', false],
    ['config', true],
    ['no-execute', false],
    ['absent', false],
    ['bundled', true],
  ])
  const [fine, steps, ...others] = report.services
  expect(fine?.components).toEqual([
    {
      step: 'step_1',
      module,
      class: 'Fine',
      file: fixture('lifecycle/lifecycle.mjs'),
      error: undefined,
      warnings: [],
    },
  ])
  expect(steps?.components).toMatchObject([
    { step: 'a', error: undefined },
    { step: 'b', error: { code: 'COMPONENT_LOAD_FAILED', serviceId: 'steps' } },
    {
      step: 'c',
      error: { code: 'COMPONENT_LOAD_FAILED', message: expect.stringContaining('name is missing') as string },
    },
  ])
  // What the module does export is what its author needs to see.
  expect(steps?.components[1]?.error?.message).toMatch(/Fnie.*it exports .*Fine/)
  for (const { ok, components } of others) {
    expect(components.map(({ error }) => error?.code)).toEqual([ok ? undefined : 'COMPONENT_LOAD_FAILED'])
  }
})

test('check reports modules that exit, hang and never end, and goes on to the next', async () => {
  const services = {
    exits: { module: './exits.mjs', class: 'Exits' },
    never: { module: './never.mjs', class: 'Late', load_timeout_ms: 200 },
    endless: { module: './endless.mjs', class: 'Endless', load_timeout_ms: 200 },
    fine: step('Fine'),
  }
  const report = await Supervisor.check({ services }, { root })
  expect(report.services.map(({ id, ok }) => [id, ok])).toEqual([
    ['exits', false],
    ['never', false],
    ['endless', false],
    ['fine', true],
  ])
  const messages = report.services.slice(0, 3).map(({ components }) => components[0]?.error)
  expect(messages).toMatchObject([
    { code: 'COMPONENT_LOAD_FAILED', message: expect.stringContaining('exits') as string },
    { code: 'COMPONENT_LOAD_FAILED', message: expect.stringContaining('had not loaded after 200 ms') as string },
    { code: 'COMPONENT_LOAD_FAILED' },
  ])
})

test('check works the same without threads', async () => {
  const services = { fine: step('Fine'), bad: step('NoExecute') }
  const report = await Supervisor.check({ services }, { root, engine: 'inline' })
  expect(report.services.map(({ ok }) => ok)).toEqual([true, false])
})

test('check of a good configuration is ok, and passes on warnings', async () => {
  const report = await Supervisor.check(
    { pools: { unused: { workers: 1 } }, services: { fine: step('Fine') } },
    { root },
  )
  expect(report.ok).toBe(true)
  expect(report.warnings).toEqual([expect.stringContaining('pools.unused')])
})

test('check of an invalid configuration rejects as start does', async () => {
  const error = await failureOf(Supervisor.check({ services: { fine: step('Fine', { timeout: 1 }) } }, { root }))
  expect(error).toMatchObject({
    code: 'CONFIG_INVALID',
    details: [{ path: 'services.fine.timeout', nearest: 'timeout_ms' }],
  })
})

test('check of a module that is no JavaScript says so', async () => {
  const services = { syntax: { module: './syntax.mjs', class: 'Broken' } }
  const report = await Supervisor.check({ services }, { root: fixture('broken') })
  expect(report.services[0]?.components).toMatchObject([
    { error: { code: 'COMPONENT_LOAD_FAILED', cause: { name: 'SyntaxError' } } },
  ])
})
