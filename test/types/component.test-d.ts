import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  type Component,
  type ComponentClass,
  type ComponentDefinition,
  type MiddlewareFactory,
  type Scope,
  type Side,
  defineComponent,
  transfer,
} from 'troupe/component'

test('defineComponent infers config and context from their schemas', () => {
  const definition = defineComponent({
    config: z.object({ rate: z.number() }),
    input: z.object({ data: z.object({ spot: z.number() }) }),
    create: (config) => {
      expectTypeOf(config).toEqualTypeOf<{ rate: number }>()
      return {
        execute(context, scope) {
          expectTypeOf(context.data.spot).toEqualTypeOf<number>()
          expectTypeOf(context.request_id).toEqualTypeOf<string>()
          expectTypeOf(scope.random()).toEqualTypeOf<number>()
          return {}
        },
      }
    },
  })
  expectTypeOf(definition).toEqualTypeOf<ComponentDefinition>()
})

test('defineComponent without schemas gives plain contexts and records', () => {
  defineComponent({
    create: (config) => {
      expectTypeOf(config).toEqualTypeOf<Record<string, unknown>>()
      return { execute: (context) => expectTypeOf(context.data).toEqualTypeOf<unknown>() }
    },
  })
})

test('a class with a config of its own is a component class', () => {
  class Own implements Component {
    readonly #config: { param1: string }
    constructor(config: { param1: string }) {
      this.#config = config
    }
    execute() {
      return this.#config.param1
    }
  }
  expectTypeOf(Own).toExtend<ComponentClass>()
  expectTypeOf<typeof Object>().not.toExtend<ComponentClass>()
})

test('an input schema shapes the context of compensate too, and create may be asynchronous', () => {
  defineComponent({
    input: z.object({ data: z.object({ spot: z.number() }) }),
    create: async () => ({
      execute: (context) => ({ spot: context.data.spot }),
      compensate: (context) => expectTypeOf(context.data.spot).toEqualTypeOf<number>(),
      dispose: async () => {},
    }),
  })
})

test('a component needs execute', () => {
  // @ts-expect-error there is no execute
  defineComponent({ create: () => ({ run: () => 1 }) })
})

test('a middleware factory takes a config and gives (context, next, scope)', () => {
  const factory: MiddlewareFactory<{ readonly limit: number }> = (config, host) => async (context, next, scope) => {
    expectTypeOf(config.limit).toEqualTypeOf<number>()
    expectTypeOf(host.side).toEqualTypeOf<Side>()
    expectTypeOf(scope).toEqualTypeOf<Scope>()
    expectTypeOf(next(context)).toEqualTypeOf<Promise<unknown>>()
    return await next({ ...context, user: 'ada' })
  }
  expectTypeOf(factory).toBeFunction()
})

test('scope.shared gives what it is asked for, and unknown where it is not said', () => {
  const scope = {} as Scope
  expectTypeOf(scope.shared('prices')).toEqualTypeOf<unknown>()
  expectTypeOf(scope.shared<Float64Array>('prices')).toEqualTypeOf<Float64Array>()
  // @ts-expect-error a name is a string
  scope.shared(1)
})

test('transfer returns what it marks, and takes ArrayBuffers alone', () => {
  const rows = new Float64Array(1)
  expectTypeOf(transfer({ rows }, [rows.buffer])).toEqualTypeOf<{ rows: Float64Array<ArrayBuffer> }>()
  // @ts-expect-error what is shared cannot be handed over
  transfer({ rows }, [new SharedArrayBuffer(8)])
  // @ts-expect-error a view is no buffer
  transfer({ rows }, [rows])
  // @ts-expect-error there is nothing to mark
  transfer(1, [])
})
