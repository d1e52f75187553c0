import leven from 'leven'

/** The known name that comes nearest to a misspelt one, if any is near enough to be what was meant. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  // A long "name" is no typo, and the distance costs the product of both lengths.
  if (name.length > 100) return undefined
  let nearest: string | undefined
  let least = Math.min(3, Math.floor(name.length / 2)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const distance = leven(name, candidate)
    if (distance < least) [nearest, least] = [candidate, distance]
  }
  return nearest
}
