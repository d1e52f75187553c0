import type { Context } from './context.ts'
import type { TroupeError } from './errors.ts'
import type { ExecuteOptions } from './options.ts'
import type { Scope } from './scope.ts'

/** What a class may have beside its own methods to be an actor; none of it is needed, and callers reach none of it. */
export interface Actor {
  /** Called once, before any other method; behind `restore` where there is a snapshot. Keep `scope` to call others. */
  start?(key: string, scope: ActorScope): unknown
  /** Called once, behind the last message. */
  stop?(reason: StopReason): unknown
  /** The state to keep, structured-clonable, where the service has `snapshot`. */
  snapshot?(): unknown
  /** Takes back what `snapshot` gave. */
  restore?(state: unknown): unknown
  /** Runs contexts that name this actor by `service_id` and `key`. */
  execute?(context: Context & { readonly key: string }, scope: ActorScope): unknown
}

/** Why an instance ends: for good, for a while, with its supervisor, or to be replaced. */
export type StopReason = 'stopped' | 'passivated' | 'shutdown' | 'restarted'

/** What the runtime gives to an actor. One for each instance: what it says of a request is about the current message. */
export interface ActorScope extends Scope {
  /** The key of this actor. */
  readonly key: string
  /** The proxy of another actor; as `supervisor.actor`. A call that could only wait for itself is `ACTOR_DEADLOCK`. */
  actor<T extends object>(serviceId: string, key: string): Promise<ActorProxy<T>>
  /** Runs a context, as `supervisor.execute` does. */
  execute(context: Context, options?: Pick<ExecuteOptions, 'timeoutMs' | 'deadlineMs'>): Promise<unknown>
}

type Hidden = 'constructor' | 'start' | 'stop' | 'snapshot' | 'restore' | 'dispose' | 'then' | `_${string}`

/** A stream of an actor's: iterate over it, or await it first and iterate over what that gives. */
export type ActorStream<Item> = Promise<AsyncIterable<Item>> & AsyncIterable<Item>

// In a tuple, so that a method that never returns, or of which nothing is known, has a plain promise.
type Reply<Result> = [Awaited<Result>] extends [never]
  ? Promise<never>
  : unknown extends Result
    ? Promise<Result>
    : [Awaited<Result>] extends [AsyncIterable<infer Item>]
      ? ActorStream<Item>
      : Promise<Awaited<Result>>

// oxlint-disable-next-line typescript/no-explicit-any -- nothing narrower matches every method
type AnyMethod = (...args: any[]) => unknown

/**
 * How callers see an actor of class `T`: its public methods, each with a promise for its result. What is private, no
 * method, begins with `_`, or belongs to the lifecycle is not there. One message is handled at a time, in the order in
 * which each caller sent them. `supervisor.actor` rejects with `SERVICE_NOT_FOUND`, `CONTEXT_INVALID` for a service
 * without actors, `ACTOR_KEY_INVALID` for a key that is no string of 1 to 1,024 characters, or `SHUTTING_DOWN`.
 *
 * @example
 * ```ts
 * import { Supervisor } from 'troupe'
 *
 * interface Counter {
 *   increment(by?: number): number
 * }
 * const counter = { module: 'troupe:counter', class: 'Counter', actor: {} }
 * const supervisor = await Supervisor.start({ services: { counter } })
 * try {
 *   const mine = await supervisor.actor<Counter>('counter', 'user-42')
 *   console.log(await mine.increment(2))
 * } finally {
 *   await supervisor.close()
 * }
 * ```
 */
export type ActorProxy<T> = {
  readonly [
    Name in keyof T as Name extends Hidden
      ? never
      : Name extends string
        ? T[Name] extends AnyMethod
          ? Name
          : never
        : never
  ]: T[Name] extends (...args: infer Args) => infer Result ? (...args: Args) => Reply<Result> : never
}

/** What `supervisor.watch` tells, once: that an actor has ended for good. */
export interface ActorEnd {
  readonly serviceId: string
  readonly key: string
  /** `stopped` on request; `failed` by its policy, or with its restarts used up; `shutdown` with the supervisor. */
  readonly reason: 'stopped' | 'failed' | 'shutdown'
  /** What it failed with. */
  readonly error: TroupeError | undefined
}
