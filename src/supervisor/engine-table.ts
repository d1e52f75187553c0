import type { EngineName } from '../contract/engine-name.ts'
import type { Engine } from '../engine/engine.ts'

const makers = new Map<EngineName, () => Promise<Engine>>()

/** Makes an engine known by the name that `services.json` gives it; it is loaded when a pool first needs it. */
export function registerEngine(name: EngineName, make: () => Promise<Engine>): void {
  makers.set(name, make)
}

/** Makes the engine of that name; the names were checked with the configuration. */
export async function makeEngine(name: EngineName): Promise<Engine> {
  const make = makers.get(name)
  if (!make) throw new RangeError(`There is no engine ${name}; there are ${[...makers.keys()].join(', ')}`)
  return await make()
}
