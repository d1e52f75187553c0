import { afterEach, describe, expect, it } from 'vitest'
import { changedBuiltIn } from '../../../src/worker/built-ins.ts'

let undo: () => void = () => {}
afterEach(() => undo())

/** Sets a property until the test has ended. */
function change(owner: object, key: PropertyKey, descriptor: PropertyDescriptor | undefined): void {
  const before = Object.getOwnPropertyDescriptor(owner, key)
  undo = () => {
    if (before) Object.defineProperty(owner, key, before)
    else Reflect.deleteProperty(owner, key)
  }
  if (descriptor) Object.defineProperty(owner, key, { configurable: true, ...descriptor })
  else Reflect.deleteProperty(owner, key)
}

function changedBy(owner: object, key: PropertyKey, descriptor?: PropertyDescriptor, thorough = false) {
  change(owner, key, descriptor)
  const name = changedBuiltIn(thorough)
  undo()
  undo = () => {}
  return name
}

const other = { value: () => 'another' }

describe('changedBuiltIn', () => {
  it('finds nothing where nothing was changed', () => {
    expect(changedBuiltIn(false)).toBeUndefined()
    expect(changedBuiltIn(true)).toBeUndefined()
  })

  it.each([
    [Array.prototype, 'push', 'Array.prototype.push'],
    [Array.prototype, Symbol.iterator, 'Array.prototype[Symbol.iterator]'],
    [Map.prototype, 'get', 'Map.prototype.get'],
    [Atomics, 'store', 'Atomics.store'],
    [Promise.prototype, 'then', 'Promise.prototype.then'],
    [Object, 'keys', 'Object.keys'],
    [Object.prototype, 'toString', 'Object.prototype.toString'],
    [Reflect, 'ownKeys', 'Reflect.ownKeys'],
    [MessagePort.prototype, 'postMessage', 'MessagePort.prototype.postMessage'],
    [globalThis, 'setImmediate', 'setImmediate'],
    [globalThis, 'structuredClone', 'structuredClone'],
    [globalThis, 'process', 'process'],
  ])('names what was replaced, and what a getter took the place of: %#', (owner, key, name) => {
    expect(changedBy(owner, key, other)).toBe(name)
    expect(changedBy(owner, key, { get: () => other.value })).toBe(name)
    expect(changedBuiltIn(true)).toBeUndefined()
  })

  it('names a global that was deleted', () => {
    expect(changedBy(globalThis, 'Promise')).toBe('Promise')
    expect(changedBy(globalThis, 'Atomics')).toBe('Atomics')
  })

  it('names what was added to Object.prototype; what for…in does not see, when it is thorough', () => {
    expect(changedBy(Object.prototype, 'polluted', { value: 1, enumerable: true })).toBe('Object.prototype.polluted')
    expect(changedBy(Object.prototype, 'polluted', { value: 1, enumerable: false })).toBeUndefined()
    expect(changedBy(Object.prototype, 'polluted', { value: 1 }, true)).toBe('Object.prototype.polluted')
  })

  it('leaves alone what a program may well replace', () => {
    expect(changedBy(Math, 'random', other, true)).toBeUndefined()
    expect(changedBy(globalThis, 'Date', other, true)).toBeUndefined()
    expect(changedBy(console, 'log', other, true)).toBeUndefined()
    expect(changedBy(Array.prototype, 'ownHelper', { ...other, enumerable: false }, true)).toBeUndefined()
  })
})
