import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { RoutedContext } from '../../../src/contract/context.ts'
import { TroupeError } from '../../../src/contract/errors.ts'
import type { Middleware, Next } from '../../../src/contract/middleware.ts'
import type { Scope } from '../../../src/contract/scope.ts'
import type { Redirect } from '../../../src/kernel/chain.ts'
import { composeMiddleware } from '../../../src/kernel/compose.ts'

const context: RoutedContext = { service_id: 'pricing', request_id: 'r-1', data: 1 }
const componentError = new TroupeError('COMPONENT_FAILED', 'Component broke', { details: { step: 'x' }, cause: 'why' })

function setUp() {
  const warn = vi.fn()
  const stages: number[] = []
  const terminal = vi.fn((_: RoutedContext): unknown => 'value')
  const scope = { log: { warn } } as unknown as Scope
  const run = (middleware: readonly Middleware[], redirect?: Redirect) => {
    const chain = composeMiddleware(middleware.map((run, index) => ({ name: `m${index}`, run })))
    return (async () => chain(context, terminal, scope, { enter: (stage) => void stages.push(stage) }, redirect))()
  }
  const failure = async (...args: Parameters<typeof run>) =>
    run(...args).then(
      (value) => expect.fail(`it returned ${String(value)}`),
      (error: unknown) => error as TroupeError,
    )
  return { warn, stages, terminal, scope, run, failure }
}

const pass: Middleware = (context, next) => next(context)
const passAsync: Middleware = async (context, next) => {
  const value = await next(context)
  return value
}
const callTwice: Middleware = async (context, next) => {
  await next(context)
  return next(context)
}

describe('composeMiddleware', () => {
  it('calls the terminal directly and synchronously without middleware', () => {
    expect(composeMiddleware([])(context, () => 'value', {} as Scope)).toBe('value')
  })

  it('stays synchronous for a synchronous answer in place of the component', () => {
    const { terminal, scope } = setUp()
    expect(composeMiddleware([{ name: 'm', run: () => 'mine' }])(context, terminal, scope)).toBe('mine')
    expect(terminal).not.toHaveBeenCalled()
  })

  it('gives a middleware a promise from next even when the component is synchronous', async () => {
    const { run } = setUp()
    let given: unknown
    await run([(context, next) => (given = next(context))])
    expect(given).toBeInstanceOf(Promise)
  })

  it('passes on what a middleware changed, on the way in and on the way out', async () => {
    const { run, terminal } = setUp()
    const change: Middleware = async (context, next) => `${String(await next({ ...context, user: 7 }))}!`
    expect(await run([change, pass])).toBe('value!')
    expect(terminal).toHaveBeenCalledWith({ ...context, user: 7 })
  })

  it('keeps the request_id for a context made without one', async () => {
    const { run, terminal } = setUp()
    await run([(_, next) => next({ service_id: 'pricing' } as RoutedContext)])
    expect(terminal).toHaveBeenCalledWith({ service_id: 'pricing', request_id: 'r-1' })
  })

  it('runs before-parts in order and after-parts in reverse, as plain nested calls would', async () => {
    type Kind = 'sync' | 'async' | 'pass' | 'answer' | 'throw-before' | 'throw-after' | 'recover'
    const kind = fc.constantFrom<Kind>('sync', 'async', 'pass', 'answer', 'throw-before', 'throw-after', 'recover')
    const make = (kind: Kind, id: number, ledger: string[]): Middleware => {
      if (kind === 'pass') return (context, next) => (ledger.push(`${id}<`), next(context))
      if (kind === 'answer') return () => (ledger.push(`${id}<`), `answer ${id}`)
      if (kind === 'sync') {
        return (context, next) => (ledger.push(`${id}<`), next(context).finally(() => ledger.push(`>${id}`)))
      }
      return async (context, next) => {
        ledger.push(`${id}<`)
        if (kind === 'throw-before') throw new TroupeError('RATE_LIMITED', `thrown ${id}`)
        try {
          return await next(context)
        } catch (error) {
          if (kind !== 'recover') throw error
          return `recovered ${id}`
        } finally {
          ledger.push(`>${id}`)
          if (kind === 'throw-after') throw new TroupeError('RATE_LIMITED', `thrown ${id}`) // oxlint-disable-line no-unsafe-finally
        }
      }
    }
    const reference = async (list: readonly Middleware[], terminal: Next, scope: Scope): Promise<unknown> => {
      const from = async (index: number, context: RoutedContext): Promise<unknown> =>
        index === list.length ? terminal(context) : list[index]!(context, (c) => from(index + 1, c), scope)
      return from(0, context)
    }
    const attempt = async (run: () => unknown) => {
      try {
        return { value: await run() }
      } catch (error) {
        return { message: (error as Error).message }
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.array(kind, { maxLength: 6 }), fc.boolean(), fc.boolean(), async (kinds, fails, sync) => {
        const ledgers: [string[], string[]] = [[], []]
        const terminalOf = (ledger: string[]) => (): unknown => {
          ledger.push('component')
          if (fails && sync) throw componentError
          if (fails) return Promise.reject(componentError)
          return sync ? 'value' : Promise.resolve('value')
        }
        const { scope } = setUp()
        const chain = composeMiddleware(kinds.map((kind, id) => ({ name: `m${id}`, run: make(kind, id, ledgers[0]) })))
        const got = await attempt(() => chain(context, terminalOf(ledgers[0]), scope))
        const list = kinds.map((kind, id) => make(kind, id, ledgers[1]))
        const expected = await attempt(() => reference(list, async () => terminalOf(ledgers[1])(), scope))
        expect(ledgers[0]).toEqual(ledgers[1])
        // They differ in one rule: an error on the way back from another does not replace it.
        if (!(kinds.includes('throw-after') && 'message' in expected)) expect(got).toEqual(expected)
      }),
    )
  })

  describe('a wrong call of next', () => {
    const misuses: [string, Middleware, number][] = [
      ['twice, one after the other', callTwice, 1],
      ['twice at once', (context, next) => Promise.all([next(context), next(context)]), 1],
      [
        'twice, swallowing the rejection',
        async (context, next) => {
          const value = await next(context)
          await next(context).catch(() => {})
          return value
        },
        1,
      ],
      ['twice without waiting', (context, next) => (void next(context), void next(context), 'mine'), 1],
      ['twice, returning the first', (context, next) => [next(context), next(context)][0], 1],
      ...[null, undefined, 42, 'text', [], {}, { service_id: 7 }, Object.create({ service_id: 'pricing' })].map(
        (wrong): [string, Middleware, number] => [
          `with ${JSON.stringify(wrong)}`,
          (_, next) => next(wrong as RoutedContext),
          0,
        ],
      ),
      ['with a request_id of a wrong type', (context, next) => next({ ...context, request_id: 1 as never }), 0],
      ['with null, swallowing the rejection', (_, next) => next(null as never).catch(() => 'mine'), 0],
      [
        'with null and then rightly',
        async (context, next) => {
          await next(null as never).catch(() => {})
          return next(context)
        },
        0,
      ],
      ['with another service_id', (context, next) => next({ ...context, service_id: 'other' }), 0],
    ]

    it.each(misuses)('%s is MIDDLEWARE_ERROR', async (_, misuse, runs) => {
      const { failure, terminal } = setUp()
      const error = await failure([pass, misuse, passAsync])
      expect(error).toMatchObject({
        name: 'TroupeError',
        code: 'MIDDLEWARE_ERROR',
        serviceId: 'pricing',
        requestId: 'r-1',
      })
      expect(error.message).toContain('m1')
      expect(error.outcome).toBe(runs === 0 ? 'not_started' : 'failed')
      expect(error.details).toEqual({ middleware: 'm1', stage: runs === 0 ? 'before' : 'after' })
      expect(terminal).toHaveBeenCalledTimes(runs)
    })

    it('twice, after the component failed, keeps that error as its cause', async () => {
      const { failure, terminal } = setUp()
      terminal.mockImplementation(() => {
        throw componentError
      })
      const retry: Middleware = (context, next) => next(context).catch(() => next(context))
      expect(await failure([retry])).toMatchObject({
        code: 'MIDDLEWARE_ERROR',
        outcome: 'failed',
        cause: componentError,
      })
      expect(terminal).toHaveBeenCalledTimes(1)
    })

    it('after the middleware has returned is rejected, and the component does not run', async () => {
      const { run, terminal, warn } = setUp()
      let late!: () => Promise<unknown>
      const keep: Middleware = (context, next) => {
        late = () => next(context)
        return 'mine'
      }
      expect(await run([keep])).toBe('mine')
      await expect(late()).rejects.toMatchObject({ code: 'MIDDLEWARE_ERROR' })
      expect(terminal).not.toHaveBeenCalled()
      expect(warn).toHaveBeenCalledTimes(1)
    })

    it('again, after the middleware has returned what next gave, changes nothing and is logged', async () => {
      const { run, terminal, warn } = setUp()
      let again!: () => Promise<unknown>
      const keep: Middleware = (context, next) => {
        again = () => next(context)
        return next(context)
      }
      expect(await run([keep])).toBe('value')
      await expect(again()).rejects.toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'failed' })
      expect(terminal).toHaveBeenCalledTimes(1)
      expect(warn).toHaveBeenCalledTimes(1)
    })

    it('leaves no unhandled rejection when the middleware ignores it', async () => {
      const unhandled = vi.fn()
      process.on('unhandledRejection', unhandled)
      try {
        const { run, failure, terminal } = setUp()
        terminal.mockRejectedValue(componentError)
        let late!: Next
        await failure([(context, next) => (void next(context), 'mine')])
        terminal.mockImplementationOnce(() => {
          throw componentError
        })
        await failure([(context, next) => (void next(context), 'mine')])
        await failure([(context, next) => (void next(null as never), next(context))])
        await run([(_, next) => ((late = next), 'mine')])
        void late(context)
        await new Promise((resolve) => setImmediate(resolve))
        expect(unhandled).not.toHaveBeenCalled()
      } finally {
        process.off('unhandledRejection', unhandled)
      }
    })
  })

  describe('an error of a middleware', () => {
    const thrown: [string, unknown, string][] = [
      ['an error', new TypeError('Broke'), 'Broke'],
      ['a string', 'Broke', 'Broke'],
      ['null', null, 'null'],
      ['undefined', undefined, 'undefined'],
      ['a bare object', Object.create(null), '[object Object]'],
      ['a symbol', Symbol('Broke'), 'Symbol(Broke)'],
      [
        'an error whose message throws',
        Object.defineProperty(new Error(), 'message', {
          get() {
            throw new Error('Gotcha')
          },
        }),
        'cannot be described',
      ],
    ]

    it.each(thrown)('before next, %s, becomes MIDDLEWARE_ERROR with it as the cause', async (_, value, text) => {
      for (const middleware of [
        () => {
          throw value
        },
        async () => {
          throw value
        },
      ]) {
        const { failure, terminal } = setUp()
        const error = await failure([passAsync, middleware])
        expect(error).toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'not_started' })
        expect(error.details).toEqual({ middleware: 'm1', stage: 'before' })
        expect(Object.is(error.cause, value)).toBe(true)
        expect(error.message).toContain(text)
        expect(terminal).not.toHaveBeenCalled()
      }
    })

    it('after next is MIDDLEWARE_ERROR, failed', async () => {
      const { failure } = setUp()
      const error = await failure([
        async (context, next) => {
          await next(context)
          throw new Error('Broke')
        },
      ])
      expect(error).toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'failed', details: { stage: 'after' } })
    })

    it('of a type of this runtime passes unchanged', async () => {
      const refusal = new TroupeError('UNAUTHENTICATED', 'No')
      const { failure } = setUp()
      expect(
        await failure([
          pass,
          passAsync,
          () => {
            throw refusal
          },
        ]),
      ).toBe(refusal)
    })

    it('cannot say not_started once the component has run', async () => {
      const { failure } = setUp()
      const late: Middleware = async (context, next) => {
        await next(context)
        throw new TroupeError('RATE_LIMITED', 'Too late', { details: { a: 1 } })
      }
      expect(await failure([late])).toMatchObject({ code: 'RATE_LIMITED', outcome: 'failed', details: { a: 1 } })
    })

    it('thrown while the component still runs waits for it', async () => {
      const { failure, terminal } = setUp()
      let resolve!: (value: string) => void
      terminal.mockReturnValue(new Promise<string>((done) => (resolve = done)))
      const order: string[] = []
      const failing = failure([
        (context, next) => {
          void next(context)
          throw new Error('Broke')
        },
      ]).then((error) => {
        order.push('settled')
        return error
      })
      await new Promise((resolve) => setImmediate(resolve))
      order.push('component')
      resolve('value')
      expect(await failing).toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'failed' })
      expect(order).toEqual(['component', 'settled'])
    })
  })

  describe('an error of the component', () => {
    const broken = (error: unknown) => {
      const set = setUp()
      set.terminal.mockImplementation(() => {
        throw error
      })
      return set
    }
    const rethrow: Middleware = (context, next) =>
      next(context).catch((error: unknown) => {
        throw error
      })
    const onError =
      (second: (error: unknown) => unknown): Middleware =>
      async (context, next) => {
        try {
          return await next(context)
        } catch (error) {
          throw second(error)
        }
      }

    it.each([
      ['this runtime’s', componentError],
      ['a string', 'Broke'],
      ['null', null],
      ['undefined', undefined],
    ])('passes unchanged when rethrown: %s', async (_, error) => {
      expect(await broken(error).failure([rethrow, pass, rethrow])).toBe(error)
    })

    it('may be recovered from', async () => {
      expect(await broken(componentError).run([pass, (context, next) => next(context).catch(() => 'fallback')])).toBe(
        'fallback',
      )
    })

    it('is kept when a middleware then throws another, which is suppressed and logged', async () => {
      const { failure, warn } = broken(componentError)
      const error = await failure([onError(() => new Error('Third')), onError(() => new RangeError('Second'))])
      expect(error).toMatchObject({
        code: 'COMPONENT_FAILED',
        message: 'Component broke',
        cause: 'why',
        outcome: 'failed',
      })
      expect(error.stack).toBe(componentError.stack)
      expect(error.details).toEqual({
        step: 'x',
        suppressed: [
          { middleware: 'm1', name: 'RangeError', message: 'Second' },
          { middleware: 'm0', name: 'Error', message: 'Third' },
        ],
      })
      expect(structuredClone(error.details)).toEqual(error.details)
      expect(componentError.details).toEqual({ step: 'x' })
      expect(warn).toHaveBeenCalledTimes(2)
    })

    it.each<[string, unknown, Record<string, unknown>]>([
      ['no details', undefined, {}],
      ['a list', ['a'], { value: ['a'] }],
      ['a text', 'a', { value: 'a' }],
    ])('keeps details that are %s beside the suppressed error', async (_, details, kept) => {
      const { failure } = broken(new TroupeError('OUTPUT_INVALID', 'Bad', { details }))
      const error = await failure([onError(() => null)])
      expect(error.details).toEqual({ ...kept, suppressed: [{ middleware: 'm0', name: 'object', message: 'null' }] })
    })

    it('is replaced by an error whose cause it is, without changing what is said of the component', async () => {
      const cut = new TroupeError('WORKER_CRASHED', 'Gone')
      const translate = (error: unknown) => new TroupeError('SERVICE_UNAVAILABLE', 'Try later', { cause: error })
      expect(await broken(cut).failure([onError(translate)])).toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        outcome: 'unknown',
        cause: cut,
      })
      const plain = await broken(cut).failure([onError((error) => new Error('Translated', { cause: error }))])
      expect(plain).toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'unknown', cause: { message: 'Translated' } })
    })

    it('is not swallowed by a middleware that answered without waiting for it', async () => {
      const answerAtOnce: Middleware = (context, next) => (void next(context), 'mine')
      expect(await broken(componentError).failure([answerAtOnce])).toBe(componentError)
      const { failure, terminal } = setUp()
      terminal.mockReturnValue(Promise.reject(componentError))
      expect(await failure([answerAtOnce])).toBe(componentError)
    })

    it('does not hide that next was called twice by a middleware that did not wait', async () => {
      const { failure } = broken(componentError)
      const error = await failure([(context, next) => (void next(context), void next(context), 'mine')])
      expect(error).toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'failed', cause: componentError })
    })
  })

  describe('a changed service_id', () => {
    const move: Middleware = async (context, next) => `${String(await next({ ...context, service_id: 'other' }))} back`

    it('is given to redirect in place of the rest of the chain', async () => {
      const { run, terminal } = setUp()
      const redirect = vi.fn(async (_: RoutedContext) => 'redirected')
      const skipped = vi.fn(pass)
      expect(await run([pass, move, skipped], redirect)).toBe('redirected back')
      expect(redirect).toHaveBeenCalledExactlyOnceWith({ ...context, service_id: 'other' })
      expect(skipped).not.toHaveBeenCalled()
      expect(terminal).not.toHaveBeenCalled()
    })

    it('passes on the error that redirect rejects with', async () => {
      expect(await setUp().failure([move], () => Promise.reject(componentError))).toBe(componentError)
    })

    it('is not redirected when it is the same', async () => {
      const redirect = vi.fn(async () => 'redirected')
      expect(await setUp().run([(context, next) => next({ ...context })], redirect)).toBe('value')
      expect(redirect).not.toHaveBeenCalled()
    })
  })

  it('tells each stage as it is entered', async () => {
    const { run, stages } = setUp()
    await run([passAsync, passAsync])
    expect(stages).toEqual([1, 3, 0, 4, 2])
  })

  it('is in the before-stage of a middleware that answers in place, and in the after-stage of the one around it', async () => {
    const { run, stages } = setUp()
    await run([passAsync, () => 'mine'])
    expect(stages).toEqual([1, 3, 2])
  })

  it('runs contexts of one chain without mixing them', async () => {
    const { scope } = setUp()
    const chain = composeMiddleware([
      { name: 'm', run: passAsync },
      { name: 'n', run: passAsync },
    ])
    const results = await Promise.all(
      Array.from({ length: 100 }, async (_, data) => chain({ ...context, data }, async ({ data }) => data, scope)),
    )
    expect(results).toEqual(Array.from({ length: 100 }, (_, data) => data))
  })
})
