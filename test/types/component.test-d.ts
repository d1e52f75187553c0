import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type Component, type ComponentClass, type ComponentDefinition, defineComponent } from 'troupe/component'

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
