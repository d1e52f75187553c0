import { expect, it, vi } from 'vitest'
import { TroupeError } from '../../../src/contract/errors.ts'
import type { Scope } from '../../../src/contract/scope.ts'
import { composeMiddleware } from '../../../src/kernel/compose.ts'
import { Watchers } from '../../../src/kernel/watchers.ts'
import { type Watch, watching } from '../../../src/kernel/watching.ts'

const context = { service_id: 'subject', request_id: 'r-1' }
const scope = {} as Scope

function chainOf(watches: Readonly<Record<string, Partial<Watch<string>>>>) {
  const told: string[] = []
  const entries = Object.entries(watches).map(([name, own]) => {
    const watch: Watch<string> = {
      begin: () => {
        told.push(`${name} began`)
        return name
      },
      end: (seen, outcome, ms) =>
        void told.push(`${seen} ended ${outcome.ok ? String(outcome.value) : outcome.error.message} after ${ms}`),
      ...own,
    }
    return { name, run: watching(watch) }
  })
  return { told, entries }
}

const fails = () => {
  throw new Error('no paper')
}

it('lets all look in their order, and hear of the end from the inside, by one clock', () => {
  let time = 0
  const now = vi.fn(() => (time += 2))
  const { told, entries } = chainOf({ outer: { now }, middle: { now }, inner: { now } })
  expect(composeMiddleware(entries)(context, () => 'done', scope)).toBe('done')
  const begun = ['outer began', 'middle began', 'inner began']
  expect(told).toEqual([...begun, ...['inner', 'middle', 'outer'].map((name) => `${name} ended done after 2`)])
  expect(now).toHaveBeenCalledTimes(2)
})

it('measures by the clock of each where they differ', () => {
  let [early, late] = [0, 1_000]
  const { told, entries } = chainOf({ outer: { now: () => (early += 5) }, inner: { now: () => (late += 7) } })
  void composeMiddleware(entries)(context, () => 'done', scope)
  expect(told.slice(2)).toEqual(['inner ended done after 7', 'outer ended done after 5'])
})

it('tells of errors, whether they are thrown or rejected, and passes them on', async () => {
  const now = () => 0
  for (const terminal of [fails, () => Promise.reject(new Error('no paper'))]) {
    const { told, entries } = chainOf({ outer: { now }, inner: { now } })
    await expect(async () => await composeMiddleware(entries)(context, terminal, scope)).rejects.toThrow('no paper')
    expect(told.slice(2)).toEqual(['inner ended no paper after 0', 'outer ended no paper after 0'])
  }
})

it('tells those before one that refuses, and nobody behind it', () => {
  const now = () => 0
  const { told, entries } = chainOf({
    outer: { now },
    silent: { begin: () => undefined },
    strict: { begin: fails },
    inner: {},
  })
  const terminal = vi.fn()
  const run = () => composeMiddleware(entries)(context, terminal, scope)
  expect(run).toThrow(
    expect.objectContaining({
      code: 'MIDDLEWARE_ERROR',
      outcome: 'not_started',
      details: { middleware: 'strict', stage: 'before' },
    }),
  )
  expect(told).toEqual(['outer began', 'outer ended Middleware "strict" failed: no paper after 0'])
  expect(terminal).not.toHaveBeenCalled()
})

it('tells those before one that refuses even where the context lets nobody read it again', () => {
  const { told, entries } = chainOf({ outer: { now: () => 0 }, inner: { begin: fails } })
  let reads = 0
  const once = {
    service_id: 'subject',
    get request_id() {
      if (++reads > 1) throw new Error('Read once')
      return 'r-1'
    },
  }
  expect(() => Watchers.of(entries)!.begin(once, scope)).toThrow('no paper')
  expect(told).toHaveLength(2)
})

it('lets those around hear of the end where one throws as it hears of it', () => {
  const now = () => 0
  const { told, entries } = chainOf({ outer: { now }, broken: { now, end: fails }, inner: { now } })
  const failure = { code: 'MIDDLEWARE_ERROR', outcome: 'failed', details: { middleware: 'broken', stage: 'after' } }
  expect(() => composeMiddleware(entries)(context, () => 'done', scope)).toThrow(expect.objectContaining(failure))
  expect(told.slice(3)).toEqual([
    'inner ended done after 0',
    'outer ended Middleware "broken" failed: no paper after 0',
  ])
})

it('keeps an error behind which one throws, and says so in its details', () => {
  const { entries } = chainOf({ broken: { end: fails } })
  const own = () => {
    throw new TroupeError('COMPONENT_FAILED', 'jammed')
  }
  expect(() => composeMiddleware(entries)(context, own, scope)).toThrow(
    expect.objectContaining({
      code: 'COMPONENT_FAILED',
      message: 'jammed',
      details: { suppressed: [expect.objectContaining({ middleware: 'broken', message: 'no paper' })] },
    }),
  )
})

it('is no chain of watchers where one of them does more', () => {
  const { entries } = chainOf({ looks: {} })
  expect(Watchers.of([])).toBeUndefined()
  expect(Watchers.of(entries)).toBeInstanceOf(Watchers)
  expect(Watchers.of([...entries, { name: 'acts', run: (given, next) => next(given) }])).toBeUndefined()
})
