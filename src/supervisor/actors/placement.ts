/** How much a lane has in hand. */
export interface LaneLoad {
  readonly actors: number
  readonly turns: number
}

/** The lane for a new actor: that with the fewest actors, and of those the one with the fewest turns in flight. */
export function leastLoaded<Lane extends LaneLoad>(lanes: Iterable<Lane>): Lane | undefined {
  let best: Lane | undefined
  for (const lane of lanes) {
    if (!best || lane.actors < best.actors || (lane.actors === best.actors && lane.turns < best.turns)) best = lane
  }
  return best
}
