import { describe, expect, test } from 'vitest'
import { Supervisor } from 'troupe'
import { ACTORS, type Subject, subjects } from '../fixtures/actors/subject.ts'
import { failureOf } from '../fixtures/supervised.ts'
import { inCleanProcess } from './clean-process.ts'

const echo = (pool: string) => ({ module: 'troupe:echo', class: 'Echo', pool })

const rows: readonly (readonly [string, object, readonly string[]])[] = [
  [
    'C10 a service without state on a pool of actors',
    { subject: subjects(), echo: echo('actors') },
    ['services.echo.pool'],
  ],
  [
    'C10 actors on the pool of a service without state',
    { echo: echo('default'), subject: subjects({}, {}, { pool: 'default' }) },
    ['services.echo.pool'],
  ],
  ['a misspelt option', { subject: subjects({ idle: 5 }) }, ['services.subject.actor.idle']],
  ['an idle time of 0', { subject: subjects({ idle_ms: 0 }) }, ['services.subject.actor.idle_ms']],
  ['a mailbox of 0', { subject: subjects({ mailbox: 0 }) }, ['services.subject.actor.mailbox']],
  ['a mailbox beside the actors own', { subject: subjects({}, {}, { mailbox: 5 }) }, ['services.subject.mailbox']],
  ['retries of its own kind', { subject: subjects({}, {}, { max_attempts: 3 }) }, ['services.subject.max_attempts']],
  ['a breaker', { subject: subjects({}, {}, { breaker: {} }) }, ['services.subject.breaker']],
  ['an unknown policy', { subject: subjects({ policy: 'ignore' }) }, ['services.subject.actor.policy']],
  [
    'a strategy without a group',
    { subject: subjects({ strategy: 'one_for_all' }) },
    ['services.subject.actor.strategy'],
  ],
  [
    'two strategies in one group',
    { one: subjects({ group: 'g', strategy: 'one_for_all' }), other: subjects({ group: 'g' }) },
    ['services.other.actor.strategy'],
  ],
  ['steps', { subject: { steps: [{ module: 'troupe:echo', class: 'Echo' }], actor: {} } }, ['services.subject.steps']],
  [
    'a folder for snapshots that are off',
    { subject: subjects({ snapshot: false, snapshot_dir: 'states' }) },
    ['services.subject.actor.snapshot_dir'],
  ],
  [
    'after of a service that is not there',
    { subject: subjects({ after: ['nowhere'] }) },
    ['services.subject.actor.after[0]'],
  ],
  [
    'S07 actors that come after one another in a circle',
    { a: subjects({ after: ['b'] }), b: subjects({ after: ['c'] }), c: subjects({ after: ['a'] }) },
    ['services.a.actor.after[0]', 'services.b.actor.after[0]', 'services.c.actor.after[0]'],
  ],
  ['S07 an actor that comes after itself', { a: subjects({ after: ['a'] }) }, ['services.a.actor.after[0]']],
]

describe('a configuration of actors', () => {
  test.each(['recycle_after', 'recycle_at_mb'])('is refused for a pool with %s', async (option) => {
    const config = { pools: { actors: { [option]: 1_000 } }, services: { subject: subjects() } }
    await inCleanProcess(async () => {
      const error = await failureOf(Supervisor.start(config, { root: ACTORS, logLevel: 'silent' }))
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: [{ path: `pools.actors.${option}` }] })
    })
  })

  test.each(rows)('is refused for %s', async (_what, services, paths) => {
    await inCleanProcess(async () => {
      const error = await failureOf(Supervisor.start({ services }, { root: ACTORS, logLevel: 'silent' }))
      expect(error.code).toBe('CONFIG_INVALID')
      expect((error.details as { path: string }[]).map(({ path }) => path)).toEqual(paths)
    })
  })

  test('is checked as all are: the class is loaded, and needs no execute', async () => {
    await inCleanProcess(async () => {
      const services = {
        good: subjects(),
        gone: { module: './actors/gone.mjs', class: 'Gone', actor: {} },
        none: { module: './actors/subject.mjs', class: 'Nobody', actor: {} },
      }
      const report = await Supervisor.check({ services }, { root: ACTORS })
      expect(report.services.map(({ id, ok }) => [id, ok])).toEqual([
        ['good', true],
        ['gone', false],
        ['none', false],
      ])
    })
  })

  test('puts actors on a pool of their own, of one worker', async () => {
    const supervisor = await Supervisor.start(
      { services: { subject: subjects() } },
      { root: ACTORS, logLevel: 'silent' },
    )
    try {
      expect(supervisor.stats().pools).toMatchObject({ actors: { workers: 1, restarts: 0 } })
      expect(supervisor.services()).toMatchObject([{ id: 'subject', pool: 'actors' }])
    } finally {
      await supervisor.close()
    }
  })

  test('two workers share the actors evenly', async () => {
    const pools = { actors: { workers: 2 } }
    const supervisor = await Supervisor.start(
      { pools, services: { subject: subjects() } },
      { root: ACTORS, logLevel: 'silent' },
    )
    try {
      const threads = await Promise.all(
        Array.from({ length: 40 }, async (_, key) => (await supervisor.actor<Subject>('subject', `${key}`)).thread()),
      )
      expect(new Set(threads).size).toBe(2)
      expect(threads.filter((thread) => thread === threads[0])).toHaveLength(20)
    } finally {
      await supervisor.close()
    }
  })

  test('a service without actors has no proxy, and an unknown one none either', async () => {
    const supervisor = await Supervisor.start({ services: { echo: echo('default') } }, { logLevel: 'silent' })
    try {
      expect(await failureOf(supervisor.actor('echo', 'key'))).toMatchObject({ code: 'CONTEXT_INVALID' })
      expect(await failureOf(supervisor.actor('ehco', 'key'))).toMatchObject({ code: 'SERVICE_NOT_FOUND' })
      expect(() => supervisor.watch({}, () => {})).toThrow(TypeError)
    } finally {
      await supervisor.close()
    }
  })
})
