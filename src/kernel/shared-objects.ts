import { types } from 'node:util'

/**
 * Whether two of the values share an object at any depth. Structured clone keeps identity inside one message, so such
 * values would still share it on the other side, and one component could change what another sees.
 */
export function sharesObjects(values: readonly object[]): boolean {
  const seen = new Map<object, number>()
  const pending: object[] = []
  for (let owner = 0; owner < values.length; owner++) {
    pending.push(values[owner]!)
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      const first = seen.get(value)
      if (first !== undefined) {
        if (first === owner) continue
        return true
      }
      seen.set(value, owner)
      if (!readMembers(pending, value)) return true
    }
  }
  return false
}

/** `false` where a member cannot be read: such a context is sent alone, so that the error is its own. */
function readMembers(pending: object[], value: object): boolean {
  if (types.isProxy(value)) return false
  try {
    // Views over one buffer share it although they are different objects.
    if (ArrayBuffer.isView(value)) pending.push(value.buffer)
    else if (types.isMap(value)) {
      for (const [key, item] of value) {
        pushObject(pending, key)
        pushObject(pending, item)
      }
    } else if (types.isSet(value)) for (const item of value) pushObject(pending, item)
    else {
      // Not enumerable, and cloned with its error all the same.
      if (types.isNativeError(value)) pushObject(pending, value.cause)
      for (const key of Object.keys(value)) pushObject(pending, (value as Record<string, unknown>)[key])
    }
    return true
  } catch {
    return false
  }
}

function pushObject(pending: object[], value: unknown): void {
  if (typeof value === 'object' && value !== null) pending.push(value)
}
