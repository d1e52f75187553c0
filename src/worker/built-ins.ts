// Kept to be compared with, and never called without what they belong to.
/* oxlint-disable typescript/unbound-method */
// The built-ins that a lane's loop works with, as they were before any component was loaded.
const { Promise: PromiseClass, process: ownProcess, structuredClone: clone, setImmediate: immediate } = globalThis
const { Atomics: atomics, Map: MapClass, Object: ObjectClass, Array: ArrayClass, Reflect: reflect } = globalThis
const { performance: clock, setTimeout: timeout, Error: ErrorClass } = globalThis
const { load, store, add } = Atomics
const { push, slice, map, filter, [Symbol.iterator]: iterator } = Array.prototype
const { get, set, has, delete: remove } = Map.prototype
const { keys, hasOwn, entries, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object
const { hasOwnProperty, toString, valueOf } = Object.prototype
const { call, apply, bind } = Function.prototype
const { then } = Promise.prototype
const { resolve } = Promise
const { ownKeys } = Reflect
const { postMessage } = MessagePort.prototype
const { now } = performance

const { prototype } = Object
const known = ownKeys(prototype)
const nothing = {}
const globals =
  'Promise process Atomics Map Object Array Reflect Error Function MessagePort performance structuredClone setImmediate setTimeout'
// For whoever wants to know what it was, once something is known to have changed.
const noted = [
  ...propertiesOf('', globalThis, globals.split(' ')),
  ...[Array, Map, Object, Function, Promise, MessagePort].flatMap((one) => [
    ...propertiesOf(`${one.name}.`, one),
    ...propertiesOf(`${one.name}.prototype.`, one.prototype as object),
  ]),
  ...propertiesOf('Atomics.', Atomics),
  ...propertiesOf('Reflect.', Reflect),
  ...propertiesOf('performance.', performance, ['now']),
  ...propertiesOf('Performance.prototype.', getPrototypeOf(performance) as object, ['now']),
]

interface Property {
  readonly owner: object
  readonly key: PropertyKey
  readonly name: string
  readonly value: unknown
}

function propertiesOf(prefix: string, owner: object, own: readonly PropertyKey[] = ownKeys(owner)): Property[] {
  return own.map((key) => {
    const name = typeof key === 'symbol' ? `${prefix.slice(0, -1)}[${key.description}]` : `${prefix}${String(key)}`
    return { owner, key, name, value: valueAt(owner, key) }
  })
}

function valueAt(owner: object, key: PropertyKey): unknown {
  const { value, get } = getOwnPropertyDescriptor(owner, key) ?? {}
  // Some globals lie behind a getter and a setter, which stay as they are.
  return get && owner === globalThis ? globalThis[key as never] : (value ?? get)
}

/**
 * What a component has changed of the built-ins that a lane relies on, such as `Array.prototype.push`; `undefined` where
 * they are as they were. One look costs some 60 ns; with `thorough`, which also sees what was added to
 * `Object.prototype` and hidden from `for…in`, 0.5 µs.
 */
export function changedBuiltIn(thorough: boolean): string | undefined {
  if (areAsTheyWere() && (!thorough || ownKeys(prototype).length === known.length)) return undefined
  return nameOfChanged()
}

function areAsTheyWere(): boolean {
  try {
    for (const _name in nothing) return false
    // Written out, since a walk over a list would take ten times as long.
    return (
      globalThis.Promise === PromiseClass &&
      globalThis.process === ownProcess &&
      globalThis.Atomics === atomics &&
      globalThis.Map === MapClass &&
      globalThis.Object === ObjectClass &&
      globalThis.Array === ArrayClass &&
      globalThis.Reflect === reflect &&
      globalThis.Error === ErrorClass &&
      globalThis.performance === clock &&
      globalThis.structuredClone === clone &&
      globalThis.setImmediate === immediate &&
      globalThis.setTimeout === timeout &&
      atomics.load === load &&
      atomics.store === store &&
      atomics.add === add &&
      ArrayClass.prototype.push === push &&
      ArrayClass.prototype.slice === slice &&
      ArrayClass.prototype.map === map &&
      ArrayClass.prototype.filter === filter &&
      ArrayClass.prototype[Symbol.iterator] === iterator &&
      MapClass.prototype.get === get &&
      MapClass.prototype.set === set &&
      MapClass.prototype.has === has &&
      MapClass.prototype.delete === remove &&
      ObjectClass.keys === keys &&
      ObjectClass.hasOwn === hasOwn &&
      ObjectClass.entries === entries &&
      ObjectClass.defineProperty === defineProperty &&
      ObjectClass.getPrototypeOf === getPrototypeOf &&
      ObjectClass.prototype.hasOwnProperty === hasOwnProperty &&
      ObjectClass.prototype.toString === toString &&
      ObjectClass.prototype.valueOf === valueOf &&
      Function.prototype.call === call &&
      Function.prototype.apply === apply &&
      Function.prototype.bind === bind &&
      PromiseClass.prototype.then === then &&
      PromiseClass.resolve === resolve &&
      reflect.ownKeys === ownKeys &&
      MessagePort.prototype.postMessage === postMessage &&
      clock.now === now
    )
  } catch {
    // Not even a name is left, or a getter took its place.
    return false
  }
}

/** With nothing but what was kept, since anything else may be what was changed. */
function nameOfChanged(): string {
  for (let index = 0; index < noted.length; index++) {
    const { owner, key, name, value } = noted[index]!
    if (valueAt(owner, key) !== value) return name
  }
  const added = ownKeys(prototype)
  for (let index = 0; index < added.length; index++) {
    const key = added[index]!
    if (!isKnown(key)) return `Object.prototype.${typeof key === 'symbol' ? key.description : key}`
  }
  return 'a built-in'
}

function isKnown(key: PropertyKey): boolean {
  for (let index = 0; index < known.length; index++) if (known[index] === key) return true
  return false
}
