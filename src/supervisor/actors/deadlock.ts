/**
 * The chain of actors that would wait for one another if `from` waited for `to`: from `to` back to `from` along what
 * each waits for now. `undefined` where there is none. Several ways to one actor are none: it only has to be reached.
 */
export function waitCycle<Actor>(
  from: Actor,
  to: Actor,
  waitsFor: (actor: Actor) => Iterable<Actor>,
): readonly Actor[] | undefined {
  const cameFrom = new Map<Actor, Actor | undefined>([[to, undefined]])
  const open = [to]
  for (let actor = open.pop(); actor !== undefined; actor = open.pop()) {
    if (actor === from) return chainTo(actor, cameFrom)
    for (const next of waitsFor(actor)) {
      if (cameFrom.has(next)) continue
      cameFrom.set(next, actor)
      open.push(next)
    }
  }
  return undefined
}

function chainTo<Actor>(last: Actor, cameFrom: ReadonlyMap<Actor, Actor | undefined>): Actor[] {
  const chain: Actor[] = []
  for (let actor: Actor | undefined = last; actor !== undefined; actor = cameFrom.get(actor)) chain.push(actor)
  return chain.reverse()
}
