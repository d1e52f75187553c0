import { expectTypeOf, test } from 'vitest'
import type { ActorEnd, ActorProxy, ActorStream, Supervisor } from 'troupe'
import type { Actor, ActorScope } from 'troupe/component'

declare const supervisor: Supervisor

class Model implements Actor {
  readonly field = 1
  callback?: (value: number) => void
  #secret = 1
  protected readonly seed: number = 2

  get size(): number {
    return this.#secret
  }
  start(_key: string, _scope: ActorScope): void {}
  stop(): void {}
  snapshot(): number {
    return this.#secret
  }
  restore(_state: number): void {}
  dispose(): void {}
  _internal(): void {}
  private hidden(): number {
    return this.seed + this.hidden()
  }
  step(steps: number, label?: string): { readonly time: number } {
    return { time: steps + (label?.length ?? 0) }
  }
  fail(): never {
    throw new Error('on purpose')
  }
  async later(): Promise<string> {
    return await Promise.resolve('later')
  }
  async *items(): AsyncGenerator<number> {
    yield await Promise.resolve(1)
  }
  async iterable(): Promise<AsyncIterable<string>> {
    return await Promise.resolve({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('none')) }) })
  }
}

test('an ActorProxy has the public methods alone, each with a promise', () => {
  expectTypeOf<keyof ActorProxy<Model>>().toEqualTypeOf<'step' | 'fail' | 'later' | 'items' | 'iterable'>()
  expectTypeOf<ActorProxy<Model>['step']>().toEqualTypeOf<
    (steps: number, label?: string) => Promise<{ readonly time: number }>
  >()
  expectTypeOf<ActorProxy<Model>['fail']>().returns.toEqualTypeOf<Promise<never>>()
  expectTypeOf<ActorProxy<Model>['later']>().returns.toEqualTypeOf<Promise<string>>()
})

test('streams can be iterated over, or awaited first', () => {
  expectTypeOf<ActorProxy<Model>['items']>().returns.toEqualTypeOf<ActorStream<number>>()
  expectTypeOf<ActorProxy<Model>['iterable']>().returns.toEqualTypeOf<ActorStream<string>>()
  expectTypeOf<ActorStream<number>>().toExtend<AsyncIterable<number>>()
  expectTypeOf<Awaited<ActorStream<number>>>().toEqualTypeOf<AsyncIterable<number>>()
})

test('supervisor.actor gives a proxy of the type that is asked for', async () => {
  const model = await supervisor.actor<Model>('model', 'run-7')
  expectTypeOf(model).toEqualTypeOf<ActorProxy<Model>>()
  expectTypeOf(await model.step(3)).toEqualTypeOf<{ readonly time: number }>()
  // @ts-expect-error arguments are those of the method
  void model.step('3')
  // @ts-expect-error private methods are not there
  void model.hidden
  // @ts-expect-error fields are not there
  void model.field
  // @ts-expect-error the lifecycle is the runtime's
  void model.start
  // @ts-expect-error nothing can be set
  model.step = () => Promise.resolve({ time: 1 })
  // @ts-expect-error a key is a string
  void supervisor.actor<Model>('model', 7)
})

test('watch tells of an end, and gives back how to stop', () => {
  expectTypeOf(supervisor.watch({}, () => {})).toEqualTypeOf<() => void>()
  expectTypeOf<ActorEnd['reason']>().toEqualTypeOf<'stopped' | 'failed' | 'shutdown'>()
  supervisor.on('actor:restarted', (event) => expectTypeOf(event.key).toEqualTypeOf<string>())
})
