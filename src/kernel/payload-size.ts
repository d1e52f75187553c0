import { types } from 'node:util'

/**
 * About how many bytes `value` takes as a structured clone: text as UTF-8, numbers as 8 bytes, buffers in full and once
 * however many views look at them. Objects that occur twice count once, so cycles end. The walk stops as soon as
 * `limit` is passed: a result above `limit` says no more than that.
 */
export function payloadSize(value: unknown, limit = Infinity): number {
  const walk = new SizeWalk(limit)
  walk.add(value)
  walk.run()
  return walk.size
}

class SizeWalk {
  size = 0
  readonly #limit: number
  readonly #seen = new Set<object>()
  readonly #waiting: object[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  add(value: unknown): void {
    if (typeof value === 'number') this.size += 8
    else if (typeof value === 'string') this.size += this.#textSize(value)
    else if (typeof value === 'bigint') this.size += 8 * Math.ceil(value.toString(16).length / 16)
    else if (typeof value !== 'object' || value === null) this.size += 1
    else if (!this.#seen.has(value)) {
      this.#seen.add(value)
      this.#waiting.push(value)
    }
  }

  run(): void {
    let next: object | undefined
    while (this.size <= this.#limit && (next = this.#waiting.pop()) !== undefined) {
      this.size += 8
      try {
        this.#open(next)
      } catch {
        // A getter threw: cloning will report it in its own words.
      }
    }
  }

  #open(value: object): void {
    if (Array.isArray(value)) this.#openArray(value)
    else if (ArrayBuffer.isView(value)) this.add(value.buffer)
    else if (types.isArrayBuffer(value)) this.size += value.byteLength
    else if (types.isSharedArrayBuffer(value)) return
    else if (types.isMap(value)) this.#openEach(value.entries(), true)
    else if (types.isSet(value)) this.#openEach(value.values(), false)
    else if (types.isRegExp(value)) this.add(value.source)
    else if (types.isNativeError(value)) this.#openError(value)
    else this.#openObject(value as Record<string, unknown>)
  }

  #openArray(array: readonly unknown[]): void {
    // One byte an element at least, holes included: a huge empty array is over the limit without a walk.
    this.size += array.length
    for (let index = 0; index < array.length && this.size <= this.#limit; index++) this.add(array[index])
  }

  #openEach(items: Iterable<unknown>, pairs: boolean): void {
    for (const item of items) {
      if (this.size > this.#limit) return
      if (pairs) {
        this.add((item as [unknown, unknown])[0])
        this.add((item as [unknown, unknown])[1])
      } else this.add(item)
    }
  }

  #openError(error: Error): void {
    this.add(error.message)
    this.add(error.stack)
    this.add(error.cause)
  }

  #openObject(object: Record<string, unknown>): void {
    for (const key of Object.keys(object)) {
      if (this.size > this.#limit) return
      this.size += key.length
      this.add(object[key])
    }
  }

  #textSize(text: string): number {
    // UTF-8 is never shorter than the length: a text already too long need not be measured.
    return text.length > this.#limit ? text.length : Buffer.byteLength(text)
  }
}
