import type { Context, RoutedContext } from './context.ts'
import type { Schema } from './schema.ts'
import type { Scope } from './scope.ts'

/** A component: made once per worker, then given one context at a time. */
export interface Component {
  /** Runs one context. What it returns must be structured-clonable. */
  execute(context: RoutedContext, scope: Scope): unknown
  /** Undoes a completed `execute` when a later step with `on_error: "compensate"` fails. */
  compensate?(context: RoutedContext, scope: Scope): unknown
  /** Releases what the component holds; called once when its worker shuts down. */
  dispose?(): unknown
}

/** A plain class with `execute`; it gets its `config` of `services.json`, or `{}`. */
export type ComponentClass = new (config: never) => Component

/** What `defineComponent` takes. */
export interface ComponentOptions<Config, Input extends object> {
  /** Validates `config` when the component is loaded, and gives `create` what it parsed. */
  readonly config?: Schema<Config>
  /** Describes the context; checked where the `validation` middleware is on. Unknown fields pass unchanged. */
  readonly input?: Schema<Input>
  /** Describes the result; checked where the `validation` middleware is on. */
  readonly output?: Schema
  /** Makes the component; called once per worker. May be asynchronous. */
  readonly create: (config: Config) => ComponentOf<Input> | Promise<ComponentOf<Input>>
}

/** A component whose contexts have the fields of `Input`. */
export interface ComponentOf<Input extends object> {
  execute(context: RoutedContext & Input, scope: Scope): unknown
  compensate?(context: RoutedContext & Input, scope: Scope): unknown
  dispose?(): unknown
}

/** A component made by `defineComponent`. */
export interface ComponentDefinition {
  readonly [definitionBrand]: true
  readonly config?: Schema
  readonly input?: Schema<object>
  readonly output?: Schema
  readonly create: (config: unknown) => Component | Promise<Component>
}

// A registered symbol, since the component's module and the worker may load two copies of this file.
const definitionBrand: unique symbol = Symbol.for('troupe.component') as never

/**
 * Describes a component together with its schemas. Without `input`, `execute` sees a plain {@link Context}.
 *
 * @param options `config`, `input` and `output` are schemas (Standard Schema, such as zod's); `create` makes the
 *   component from the parsed config, once per worker.
 * @returns The definition; export it under the name that `services.json` gives as `class`.
 * @throws {TypeError} `create` is no function.
 * @example
 * ```ts
 * import { z } from 'zod'
 * import { defineComponent } from 'troupe/component'
 *
 * export const Discount = defineComponent({
 *   config: z.object({ rate: z.number() }),
 *   input: z.object({ data: z.object({ years: z.number().positive() }) }),
 *   create: (config) => ({
 *     execute: (context) => ({ factor: Math.exp(-config.rate * context.data.years) }),
 *   }),
 * })
 * ```
 */
export function defineComponent<Config = Record<string, unknown>, Input extends object = Context>(
  options: ComponentOptions<Config, Input>,
): ComponentDefinition {
  if (typeof options?.create !== 'function') {
    throw new TypeError('defineComponent needs { create: (config) => component }')
  }
  return Object.freeze({ ...options, [definitionBrand]: true }) as unknown as ComponentDefinition
}

/** Whether `value` was made by `defineComponent`, in whichever copy of the package. */
export function isComponentDefinition(value: unknown): value is ComponentDefinition {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, definitionBrand)
}
