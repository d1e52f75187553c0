import type { CallMethod } from './actor-proxy.ts'
import { NEXT, RETURN } from './exposed-methods.ts'

/** One step of a stream, as it crosses. */
export type StreamStep = { readonly done: boolean; readonly value: unknown }

/**
 * What an actor yields, taken item by item: each is asked for when the reader wants it, as a message of its own, so the
 * actor runs no further ahead than its reader. Leaving the loop ends the actor's generator.
 */
export class ActorItems implements AsyncIterable<unknown> {
  /** Its number in the actor's lane. */
  readonly stream: number
  readonly #call: CallMethod

  constructor(stream: number, call: CallMethod) {
    this.stream = stream
    this.#call = call
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    let isDone = false
    return {
      next: async () => {
        if (isDone) return { done: true, value: undefined }
        try {
          const { done, value } = (await this.#call(NEXT, [this.stream])) as StreamStep
          isDone = done
          return done ? { done, value: undefined } : { done, value }
        } catch (error) {
          isDone = true
          throw error
        }
      },
      return: async () => {
        if (!isDone) await this.#call(RETURN, [this.stream])
        isDone = true
        return { done: true, value: undefined }
      },
    }
  }
}
