/**
 * Loads a library and uses it while a polluted `Object.prototype` cannot mislead it, which is rare and costs nothing to
 * look for. Libraries that walk objects with `for…in` fail on enumerable names there, or take them for their own.
 *
 * Loading takes turns of the event loop, in which the rest of the program runs and may count on what it put there: what
 * is enumerable is only hidden from `for…in` meanwhile. `use` is synchronous, and nobody sees that for its duration
 * nothing of it is there at all.
 */
export async function withCleanPrototype<Loaded, Value>(
  load: () => Promise<Loaded>,
  use: (loaded: Loaded) => Value,
): Promise<Value> {
  return removed(use, await hidden(load))
}

const prototype = Object.prototype as unknown as Record<string, unknown>

async function hidden<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  const foreign = Object.keys(prototype)
  for (const key of foreign) Reflect.defineProperty(prototype, key, { enumerable: false })
  try {
    return await load()
  } finally {
    // The program may have taken some of it away by now.
    for (const key of foreign)
      if (Object.hasOwn(prototype, key)) Reflect.defineProperty(prototype, key, { enumerable: true })
  }
}

function removed<Loaded, Value>(use: (loaded: Loaded) => Value, loaded: Loaded): Value {
  const foreign = Object.keys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)!] as const)
  for (const [key] of foreign) Reflect.deleteProperty(prototype, key)
  try {
    return use(loaded)
  } finally {
    for (const [key, descriptor] of foreign) Reflect.defineProperty(prototype, key, descriptor)
  }
}
