import { types } from 'node:util'

type View = NodeJS.TypedArray | DataView
type ViewConstructor = new (memory: SharedArrayBuffer) => View

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object

/**
 * A typed array or `DataView` over shared memory with the content of `view`: of the same type, where that is one of the
 * language's own; a `Buffer` becomes a `Uint8Array`. One that lies in shared memory already is not copied.
 */
export function toSharedMemory(view: View): View {
  // Cloned all the same: the view itself is the caller's, the memory everybody's.
  if (types.isSharedArrayBuffer(view.buffer)) return structuredClone(view)
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  const memory = new SharedArrayBuffer(bytes.byteLength)
  new Uint8Array(memory).set(bytes)
  return new (constructorOf(view))(memory)
}

/** By the name that V8 itself gives a view: `constructor` may be a subclass, or anything. */
function constructorOf(view: View): ViewConstructor {
  if (types.isDataView(view)) return DataView
  return (globalThis as unknown as Record<string, ViewConstructor>)[
    Reflect.get(typedArray, Symbol.toStringTag, view) as string
  ]!
}
