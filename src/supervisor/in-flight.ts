import { Fifo } from '../kernel/fifo.ts'
import type { ChunkInFlight } from './chunk-in-flight.ts'
import type { Execution } from './execution.ts'
import type { Service } from './service.ts'

/**
 * The contexts in flight on one lane, in the order in which it runs them, by the chunks that they left in. One that went
 * the short way (see `span.ts`) has no execution until somebody asks for it.
 */
export class InFlight {
  readonly #holder: object
  readonly #chunks = new Fifo<ChunkInFlight>()
  #length = 0
  #first = 1

  /** @param holder What executions that are in flight here name as theirs. */
  constructor(holder: object) {
    this.#holder = holder
  }

  get length(): number {
    return this.#length
  }

  /** The sequence of the context whose outcome comes next. */
  get head(): number {
    return this.#first
  }

  /** The sequence of the context that is sent next. */
  get next(): number {
    return (this.#first + this.#length) | 0
  }

  /** The chunk of the context whose outcome comes next. */
  get headChunk(): ChunkInFlight | undefined {
    return this.#chunks.at(0)
  }

  get chunkCount(): number {
    return this.#chunks.length
  }

  /** Whether results may come as rows. */
  get expectsRows(): boolean {
    for (let chunk = this.#chunks.at(0), index = 0; chunk; chunk = this.#chunks.at(++index))
      if (chunk.asRows) return true
    return false
  }

  /** How long a lane is estimated to be busy with them. */
  get pendingMs(): number {
    let ms = 0
    for (let chunk = this.#chunks.at(0), index = 0; chunk; chunk = this.#chunks.at(++index))
      ms += chunk.left * (chunk.service.costMs ?? Infinity)
    return ms
  }

  /** Takes in a chunk that was sent. */
  push(chunk: ChunkInFlight): void {
    if (!chunk.isBare)
      for (let place = 0; place < chunk.size; place++) this.#hold(chunk.at(place)!, (this.next + place) | 0)
    this.#length += chunk.size
    this.#chunks.push(chunk)
  }

  #hold(execution: Execution, sequence: number): void {
    execution.phase = 'in_flight'
    execution.holder = this.#holder
    execution.sequence = sequence
  }

  /** The execution `offset` places behind the head, where it is still this lane's to run. */
  at(offset: number): Execution | undefined {
    if (offset < 0) return undefined
    let behind = offset
    for (let chunk = this.#chunks.at(0), index = 0; chunk; chunk = this.#chunks.at(++index)) {
      if (behind < chunk.left) return this.#own(chunk, chunk.place + behind, (this.#first + offset) | 0)
      behind -= chunk.left
    }
    return undefined
  }

  #own(chunk: ChunkInFlight, place: number, sequence: number): Execution | undefined {
    const execution = chunk.at(place) ?? this.#make(chunk, place, sequence)
    const isHeld =
      execution.phase === 'in_flight' && execution.holder === this.#holder && execution.sequence === sequence
    return isHeld ? execution : undefined
  }

  #make(chunk: ChunkInFlight, place: number, sequence: number): Execution {
    const execution = chunk.make(place)
    this.#hold(execution, sequence)
    return execution
  }

  /** The executions that are still this lane's to run. */
  all(): Execution[] {
    return Array.from({ length: this.length }, (_, offset) => this.at(offset)).filter((one) => one !== undefined)
  }

  /** How many contexts of a service are still this lane's to run. */
  count(service: Service): number {
    let count = 0
    let first = this.#first
    for (const chunk of this.#chunks.items()) {
      if (chunk.service === service)
        for (let { place } = chunk; place < chunk.size; place++) {
          // Nobody has asked for the executions of those that went the short way, so nobody has taken them back.
          const isUnasked = chunk.span !== undefined && !chunk.at(place)
          if (isUnasked || this.#own(chunk, place, (first + place - chunk.place) | 0)) count++
        }
      first = (first + chunk.left) | 0
    }
    return count
  }

  /** Takes out the next `count` contexts of the first chunk; returns the chunk where they were its last. */
  pass(count: number): ChunkInFlight | undefined {
    const chunk = this.#chunks.at(0)!
    chunk.pass(count)
    this.#first = (this.#first + count) | 0
    this.#length -= count
    return chunk.left === 0 ? this.#chunks.shift() : undefined
  }
}
