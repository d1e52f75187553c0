import { Fifo } from '../kernel/fifo.ts'
import type { ChunkInFlight } from './chunk-in-flight.ts'
import type { Execution } from './execution.ts'
import type { Service } from './service.ts'
import type { Span } from './span.ts'

/**
 * The contexts in flight on one lane, in the order in which it runs them, by the chunks that they left in. One that went
 * the short way (see `span.ts`) has no execution until somebody asks for it.
 */
export class InFlight {
  readonly #holder: object
  readonly #entries = new Fifo<Execution | undefined>()
  readonly #chunks = new Fifo<ChunkInFlight>()
  #first = 1

  /** @param holder What executions that are in flight here name as theirs. */
  constructor(holder: object) {
    this.#holder = holder
  }

  get length(): number {
    return this.#entries.length
  }

  /** The sequence of the context whose outcome comes next. */
  get head(): number {
    return this.#first
  }

  /** The sequence of the context that is sent next. */
  get next(): number {
    return (this.#first + this.#entries.length) | 0
  }

  get chunks(): Fifo<ChunkInFlight> {
    return this.#chunks
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

  /** Takes in a chunk that was sent: of these executions, or of the contexts of its span. */
  push(chunk: ChunkInFlight, executions?: readonly Execution[]): void {
    for (let index = 0; index < chunk.size; index++) {
      const execution = executions?.[index]
      if (execution) this.#hold(execution, this.next)
      this.#entries.push(execution)
    }
    this.#chunks.push(chunk)
  }

  #hold(execution: Execution, sequence: number): void {
    execution.phase = 'in_flight'
    execution.holder = this.#holder
    execution.sequence = sequence
  }

  /** The execution `offset` places behind the head, where it is still this lane's to run. */
  at(offset: number): Execution | undefined {
    if (offset < 0 || offset >= this.#entries.length) return undefined
    const execution = this.#entries.at(offset) ?? this.#make(offset)
    const sequence = (this.#first + offset) | 0
    const isHeld =
      execution.phase === 'in_flight' && execution.holder === this.#holder && execution.sequence === sequence
    return isHeld ? execution : undefined
  }

  #make(offset: number): Execution {
    let place = offset
    for (const { span, size, left } of this.#chunks.items()) {
      if (place < left) {
        const execution = span!.span.execution(span!.indexes[size - left + place]!)
        this.#hold(execution, (this.#first + offset) | 0)
        this.#entries.set(offset, execution)
        return execution
      }
      place -= left
    }
    throw new RangeError('No chunk holds this context')
  }

  /** The executions that are still this lane's to run. */
  all(): Execution[] {
    return Array.from({ length: this.length }, (_, offset) => this.at(offset)).filter((one) => one !== undefined)
  }

  /** How many contexts of a service are still this lane's to run. */
  count(service: Service): number {
    let count = 0
    let offset = 0
    for (const chunk of this.#chunks.items()) {
      const end = offset + chunk.left
      if (chunk.service !== service) offset = end
      // Nobody has asked for the executions of those that went the short way, so nobody has taken them back.
      for (; offset < end; offset++) if (this.#entries.at(offset) === undefined || this.at(offset)) count++
    }
    return count
  }

  /** The span that the head comes from, where it went the short way and nobody has asked for its execution. */
  get headSpan(): Span | undefined {
    return this.#entries.length > 0 && this.#entries.at(0) === undefined ? this.#chunks.at(0)!.span!.span : undefined
  }

  /** The index of the head in its span. */
  get headIndex(): number {
    const { span, size, left } = this.#chunks.at(0)!
    return span!.indexes[size - left]!
  }

  /** Takes the head out; its execution comes back where it is still this lane's. */
  shift(): Execution | undefined {
    const execution = this.at(0)
    this.pass()
    return execution
  }

  /** Takes the head out. Chunks are the caller's to count. */
  pass(): void {
    this.#entries.shift()
    this.#first = (this.#first + 1) | 0
  }
}
