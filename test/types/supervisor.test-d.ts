import { expectTypeOf, test } from 'vitest'
import {
  type CheckReport,
  type CloseReport,
  type Context,
  type ErrorCode,
  type Log,
  type Outcome,
  type StartOptions,
  type Stats,
  type StreamItem,
  Supervisor,
  TroupeError,
  isTroupeError,
  transfer,
} from 'troupe'

declare const supervisor: Supervisor

test('Supervisor.start takes a path or an object, and resolves with a supervisor', () => {
  expectTypeOf(Supervisor.start('services.json')).toEqualTypeOf<Promise<Supervisor>>()
  expectTypeOf(Supervisor.start({ services: {} }, { workers: 'auto' })).toEqualTypeOf<Promise<Supervisor>>()
  expectTypeOf(Supervisor.check()).toEqualTypeOf<Promise<CheckReport>>()
  expectTypeOf<StartOptions['workers']>().toEqualTypeOf<number | 'auto' | undefined>()
  // @ts-expect-error a count is a number
  void Supervisor.start('services.json', { workers: '4' })
  // @ts-expect-error there is no such option
  void Supervisor.start('services.json', { worker: 4 })
})

test('a supervisor is made by start alone', () => {
  // @ts-expect-error its constructor is private
  void new Supervisor()
})

test('execute takes a context with service_id and any other fields, and resolves with unknown', () => {
  expectTypeOf(supervisor.execute({ service_id: 'a', data: [1], client_id: 'c' })).toEqualTypeOf<Promise<unknown>>()
  // @ts-expect-error a context names its service
  void supervisor.execute({ data: 1 })
  // @ts-expect-error a request id is a string
  void supervisor.execute({ service_id: 'a', request_id: 1 })
  // @ts-expect-error times are milliseconds, as numbers
  void supervisor.execute({ service_id: 'a' }, { timeoutMs: '100' })
})

test('an outcome is either a value or an error', () => {
  const outcome = {} as Outcome
  if (outcome.ok) {
    expectTypeOf(outcome.value).toEqualTypeOf<unknown>()
    // @ts-expect-error there is no error beside a value
    void outcome.error
  } else {
    expectTypeOf(outcome.error).toEqualTypeOf<TroupeError>()
    // @ts-expect-error there is no value beside an error
    void outcome.value
  }
})

test('executeMany takes an array, stream any iterable', () => {
  expectTypeOf(supervisor.executeMany([{ service_id: 'a' }])).toEqualTypeOf<Promise<Outcome[]>>()
  expectTypeOf<Supervisor['executeMany']>().parameter(0).toEqualTypeOf<readonly Context[]>()
  expectTypeOf(supervisor.stream(new Set<Context>())).toExtend<AsyncIterable<StreamItem>>()
  expectTypeOf(supervisor.stream({} as AsyncIterable<Context>)).toExtend<AsyncIterable<StreamItem>>()
  // @ts-expect-error an iterable is no array
  void supervisor.executeMany(new Set<Context>())
})

test('a listener is given the event of its name', () => {
  supervisor.on('context:settled', (event) => {
    expectTypeOf(event.ok).toEqualTypeOf<boolean>()
    expectTypeOf(event.error).toEqualTypeOf<TroupeError | undefined>()
  })
  expectTypeOf(supervisor.on('worker:exited', ({ exitCode }) => exitCode)).toEqualTypeOf<() => void>()
  // @ts-expect-error there is no such event
  supervisor.on('context:settle', () => {})
})

test('what a supervisor says of itself is read-only', () => {
  expectTypeOf(supervisor.stats()).toEqualTypeOf<Stats>()
  // @ts-expect-error counts are not the reader's to change
  supervisor.stats().accepted = 1
  // @ts-expect-error nor are the steps of a service
  supervisor.services()[0]!.steps.push({ name: 'a', module: './a.ts', class: 'A' })
})

test('close resolves with a report, and a supervisor can be disposed of', () => {
  expectTypeOf(supervisor.close()).toEqualTypeOf<Promise<CloseReport>>()
  expectTypeOf(supervisor).toExtend<AsyncDisposable>()
})

test('an error has a code of the table', () => {
  const error: unknown = undefined
  if (isTroupeError(error)) {
    expectTypeOf(error).toEqualTypeOf<TroupeError>()
    expectTypeOf(error.code).toEqualTypeOf<ErrorCode>()
    expectTypeOf(error.outcome).toEqualTypeOf<'not_started' | 'failed' | 'unknown'>()
  }
  // @ts-expect-error there is no such code
  void new TroupeError('NO_SUCH_CODE', 'message')
})

test('a log takes a message, or fields and a message', () => {
  const log = {} as Log
  log.info('message')
  log.warn({ n: 1 }, 'message')
  log.error({ n: 1 })
  // @ts-expect-error fields come first
  log.info('message', { n: 1 })
})

test('share takes any value under a name, and transfer keeps the type of a context', () => {
  expectTypeOf(supervisor.share('prices', new Float64Array(1))).toEqualTypeOf<Promise<void>>()
  const context = { service_id: 'a', data: new ArrayBuffer(8) }
  expectTypeOf(transfer(context, [context.data])).toEqualTypeOf<typeof context>()
  void supervisor.execute(transfer(context, [context.data]))
  // @ts-expect-error a name is a string
  void supervisor.share(1, 1)
})
