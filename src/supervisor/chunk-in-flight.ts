import type { Execution } from './execution.ts'
import type { Service } from './service.ts'
import type { Span } from './span.ts'

/** What left for a lane: executions, or contexts on the short way by their indexes in their span. */
export interface Sent {
  readonly service: Service
  readonly size: number
  readonly sentAt: number
  /** When the first of its contexts came, where that is known. */
  readonly putAt: number | undefined
  readonly asRows: boolean
  readonly executions?: readonly Execution[]
  readonly span?: Span
  readonly indexes?: readonly number[]
}

const NONE: readonly number[] = []

/** Contexts of one service that crossed together and are not all settled. */
export class ChunkInFlight {
  readonly service: Service
  readonly size: number
  readonly sentAt: number
  readonly putAt: number | undefined
  readonly asRows: boolean
  /** Where its contexts went the short way: the span they come from, and their indexes there. */
  readonly span: Span | undefined
  readonly indexes: readonly number[]
  /** How many are in flight: the last of them. */
  left: number
  /** By their place. */
  readonly #executions: (Execution | undefined)[] | undefined
  /** Of a span, those that somebody has asked for: none, unless something befalls them. */
  #asked: Map<number, Execution> | undefined = undefined

  constructor({ service, size, sentAt, putAt, asRows, executions, span, indexes }: Sent) {
    this.service = service
    this.size = size
    this.sentAt = sentAt
    this.putAt = putAt
    this.asRows = asRows
    this.span = span
    this.indexes = indexes ?? NONE
    this.left = size
    this.#executions = executions?.slice(0, size)
  }

  /** The place of its first context that is in flight. */
  get place(): number {
    return this.size - this.left
  }

  /** Whether none of its contexts that are in flight has an execution. */
  get isBare(): boolean {
    return this.#executions === undefined && this.#asked === undefined
  }

  at(place: number): Execution | undefined {
    return this.#executions ? this.#executions[place] : this.#asked?.get(place)
  }

  /** Makes the execution of one of its contexts that went the short way. */
  make(place: number): Execution {
    const execution = this.span!.execution(this.indexes[place]!)
    this.#asked ??= new Map()
    this.#asked.set(place, execution)
    return execution
  }

  /** The next `count` of its contexts are no longer in flight. */
  pass(count: number): void {
    const { place } = this
    if (this.#executions)
      for (let passed = place; passed < place + count; passed++) this.#executions[passed] = undefined
    if (this.#asked) this.#letGo(this.#asked, place, count)
    this.left -= count
  }

  #letGo(asked: Map<number, Execution>, place: number, count: number): void {
    for (let passed = place; passed < place + count; passed++) asked.delete(passed)
    // The others are dealt with by many again.
    if (asked.size === 0) this.#asked = undefined
  }
}

/** Takes what a chunk has cost into the measures of its service; its lane was free for it at `idleSince`. */
export function measureChunk(chunk: ChunkInFlight, idleSince: number, now: number): void {
  const { service, size, putAt } = chunk
  const began = Math.max(chunk.sentAt, idleSince)
  service.meter.ended(size, putAt === undefined ? undefined : began - putAt, now - began)
  // The lane itself says how long a chunk of rows took.
  if (!chunk.asRows) service.measured((now - began) / size)
}
