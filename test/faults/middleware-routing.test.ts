import type { TroupeError } from 'troupe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Ledger } from '../fixtures/ledger.mjs'
import { happened, layer, places, probe } from '../fixtures/middleware/stack.ts'
import { ConfigFolder } from './config-folder.ts'
import { type TailConfig, withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => {
  ledger = Ledger.make()
  process.env['TROUPE_TEST_TOKEN'] = 'sesame'
})
afterEach(() => {
  ledger.remove()
  delete process.env['TROUPE_TEST_TOKEN']
})

const exclude = ['control']

/** Services `first`, `second` and `third`; the first two may be sent on. */
function routed(side: string, guards: readonly object[] = []): TailConfig {
  const redirect = { name: 'redirect', module: './middleware/layer.mjs', export: 'redirect', side, scope: { exclude } }
  return {
    middleware: [
      layer(ledger, 'outer', 'supervisor', { exclude }),
      ...guards,
      redirect,
      layer(ledger, 'inner', 'supervisor', { exclude }),
    ],
    services: { first: probe(ledger), second: probe(ledger), third: probe(ledger, { mailbox: 1 }) },
  }
}

const sent = (to: readonly string[], more: object = {}) => ({
  service_id: 'first',
  request_id: 'sent',
  data: { to },
  ...more,
})

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  test('I08 a changed service_id sends the context through the whole chain of the target, once', async () => {
    await withTail(routed('supervisor'), { workers: 1, engine }, async (supervisor) => {
      const value = await supervisor.execute(sent(['second']))
      expect(value).toMatchObject({ service_id: 'second', request_id: 'sent', data: { to: [] } })
      const { first, second } = supervisor.stats().services
      expect([first?.accepted, first?.ok, second?.accepted, second?.ok]).toEqual([0, 0, 1, 1])
    })
    expect(happened(ledger, 'sent')).toEqual([
      'outer.before',
      'outer.before',
      'inner.before',
      'second.start',
      'second.end',
      'inner.after',
      'outer.after',
      'outer.after',
    ])
  })

  test.each([
    ['a third service', ['second', 'third'], 'MIDDLEWARE_ERROR'],
    ['where it came from', ['second', 'first'], 'MIDDLEWARE_ERROR'],
    ['a service that is not there', ['none'], 'SERVICE_NOT_FOUND'],
    ['an inherited name', ['__proto__'], 'SERVICE_NOT_FOUND'],
  ])('I08 it cannot be sent on to %s', async (_name, to, code) => {
    await withTail(routed('supervisor'), { workers: 1, engine }, async (supervisor) => {
      await expect(supervisor.execute(sent(to))).rejects.toMatchObject({ code, outcome: 'not_started' })
    })
    const outward = ledger.entries('sent').filter(({ what }) => /start|after/.test(what))
    expect(outward).toEqual([])
  })

  test('I08 what guards the target cannot be dodged', async () => {
    const scope = { include: ['second'] }
    const guards = [
      {
        name: 'guard',
        module: './middleware/layer.mjs',
        export: 'guard',
        config: { name: 'guard', ledger: ledger.file },
        scope,
      },
      { use: 'authentication', config: { token_env: 'TROUPE_TEST_TOKEN' }, scope },
    ]
    await withTail(routed('supervisor', guards), { workers: 1, engine }, async (supervisor) => {
      await expect(supervisor.execute(sent(['second']))).rejects.toMatchObject({
        code: 'MIDDLEWARE_ERROR',
        outcome: 'not_started',
        details: { middleware: 'guard' },
      })
      const pass = 'open sesame'
      await expect(supervisor.execute(sent(['second'], { pass }))).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        outcome: 'not_started',
      })
      expect(happened(ledger, 'sent')).not.toContain('second.start')
      const value = await supervisor.execute(sent(['second'], { pass, authorization: 'Bearer sesame' }))
      expect(value).toMatchObject({ service_id: 'second' })
      expect(value).not.toHaveProperty('authorization')
    })
  })

  test('I08 the mailbox of the target has room or refuses; a batch waits for it', async () => {
    await withTail(routed('supervisor'), { workers: 1, engine }, async (supervisor) => {
      const singly = await Promise.allSettled(Array.from({ length: 8 }, () => supervisor.execute(sent(['third']))))
      const codes = singly.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as TroupeError).code))
      expect(codes).toEqual(['ok', ...Array<string>(7).fill('MAILBOX_FULL')])
      const batch = await supervisor.executeMany(Array.from({ length: 8 }, () => sent(['third'])))
      expect(batch.filter((outcome) => outcome.ok)).toHaveLength(8)
    })
  })

  test('I08 on the worker it is an error, and the component does not run', async () => {
    await withTail(routed('worker'), { workers: 1, engine }, async (supervisor) => {
      await expect(supervisor.execute(sent(['second']))).rejects.toMatchObject({
        code: 'MIDDLEWARE_ERROR',
        outcome: 'not_started',
        details: { middleware: 'redirect' },
      })
    })
    expect(happened(ledger, 'sent')).toEqual(['outer.before', 'inner.before', 'inner.onError', 'outer.onError'])
  })
})

describe.each(places)('$side middleware on $engine', ({ side, engine }) => {
  test('I10 exclude wins over include, and what is left keeps its order', async () => {
    const middleware = [
      layer(ledger, 'a', side, { include: ['probe', 'other'] }),
      layer(ledger, 'b', side, { include: ['probe', 'other'], exclude: ['probe'] }),
      layer(ledger, 'c', side, { exclude: ['control', 'other'] }),
      layer(ledger, 'd', side, { exclude }),
    ]
    const config = { middleware, services: { probe: probe(ledger), other: probe(ledger) } }
    await withTail(config, { workers: 1, engine }, async (supervisor) => {
      const names = Object.fromEntries(supervisor.services().map(({ id, middleware }) => [id, middleware[side]]))
      expect(names).toEqual({ probe: ['a', 'c', 'd'], other: ['a', 'b', 'd'], control: [] })
      await supervisor.execute({ service_id: 'probe', request_id: 'p' })
      await supervisor.execute({ service_id: 'other', request_id: 'o' })
    })
    const befores = (request: string) => happened(ledger, request).filter((what) => what.endsWith('before'))
    const afters = (request: string) => happened(ledger, request).filter((what) => what.endsWith('after'))
    expect(befores('p')).toEqual(['a.before', 'c.before', 'd.before'])
    expect(afters('p')).toEqual(['d.after', 'c.after', 'a.after'])
    expect(befores('o')).toEqual(['a.before', 'b.before', 'd.before'])
  })

  test.each([true, false])('I12 one with enabled: %s is imported accordingly', async (enabled) => {
    const folder = new ConfigFolder()
    folder.write('marked.mjs', `${folder.mark('imported')} export default () => (context, next) => next(context)`)
    const services = { echo: { module: 'troupe:echo', class: 'Echo' } }
    const middleware = [
      { name: 'marked', module: './marked.mjs', side, enabled },
      { name: 'absent', module: './absent.mjs', side, enabled: false },
    ]
    await withTail({ middleware, services }, { workers: 1, engine, root: folder.path }, async (supervisor) => {
      expect(await supervisor.execute({ service_id: 'echo', data: 1 })).toEqual({ echo: 1 })
    })
    expect(folder.ran).toEqual(enabled ? ['imported'] : [])
    folder.remove()
  })
})
