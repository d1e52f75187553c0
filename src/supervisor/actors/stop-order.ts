/**
 * How late each service's actors stop, from 0: one that comes `after` others uses them, so it stops before them. There
 * is no circle: the configuration was refused otherwise.
 */
export function stopLevels(after: ReadonlyMap<number, readonly number[]>): ReadonlyMap<number, number> {
  const heights = new Map<number, number>()
  const heightOf = (service: number): number => {
    const known = heights.get(service)
    if (known !== undefined) return known
    const height = Math.max(-1, ...(after.get(service) ?? []).map(heightOf)) + 1
    heights.set(service, height)
    return height
  }
  const highest = Math.max(0, ...[...after.keys()].map(heightOf))
  return new Map([...heights].map(([service, height]) => [service, highest - height]))
}
