import type { ActorCell } from './actor-cell.ts'
import type { ActorLane } from './actor-lane.ts'
import { leastLoaded } from './placement.ts'
import type { Snapshot, Snapshots } from './snapshots.ts'
import type { Legacy } from './succession.ts'

/** What starts need of the lives around them. */
export interface ActorStartsHost {
  readonly lanes: ReadonlyMap<unknown, ActorLane>
  readonly snapshots: Snapshots
  /** What the version of the configuration before this one leaves of an actor; it is known to it no more. */
  before(cell: ActorCell): Promise<Legacy | undefined> | undefined
  /** An instance is on its way: messages may follow it. */
  ready(cell: ActorCell): void
  failed(cell: ActorCell, error: unknown): void
}

/** Makes instances of actors, each on the lane that has least to do, with the state that was kept of the one before. */
export class ActorStarts {
  readonly #host: ActorStartsHost
  /** Those that wait for a lane. */
  readonly #unplaced = new Set<ActorCell>()
  #ids = 0
  #closed = false

  constructor(host: ActorStartsHost) {
    this.#host = host
  }

  /** A lane takes actors now. */
  opened(): void {
    const unplaced = [...this.#unplaced]
    this.#unplaced.clear()
    for (const cell of unplaced) this.place(cell)
  }

  /** It is not to be started any more. */
  forget(cell: ActorCell): void {
    this.#unplaced.delete(cell)
  }

  close(): void {
    this.#closed = true
  }

  place(cell: ActorCell): void {
    if (this.#closed) return
    const snapshot = this.#last(cell)
    if (!(snapshot instanceof Promise)) {
      this.#start(cell, snapshot)
      return
    }
    cell.state = 'reading'
    snapshot.then(
      (read) => {
        if (cell.state === 'reading') this.#start(cell, read)
      },
      (error: unknown) => {
        if (cell.state === 'reading') this.#host.failed(cell, error)
      },
    )
  }

  #last(cell: ActorCell): Snapshot | undefined | Promise<Snapshot | undefined> {
    const before = this.#host.before(cell)
    if (before) return this.#inherit(cell, before)
    return cell.plan.snapshot ? this.#host.snapshots.last(cell) : undefined
  }

  /** Waits for the instance of an earlier version to have stopped, and takes its state over. */
  async #inherit(cell: ActorCell, before: Promise<Legacy | undefined>): Promise<Snapshot | undefined> {
    const legacy = await before
    if (legacy) cell.company.restartedFor ??= { error: undefined }
    if (!cell.plan.snapshot) return undefined
    if (legacy?.state) cell.company.snapshot = legacy.state
    return await this.#host.snapshots.last(cell)
  }

  #start(cell: ActorCell, state: Snapshot | undefined): void {
    const open = [...this.#host.lanes.values()].filter(({ seat }) => seat.takesMore)
    const lane = leastLoaded(open)
    if (!lane) {
      cell.state = 'waiting'
      this.#unplaced.add(cell)
      return
    }
    cell.id = ++this.#ids
    cell.lane = lane
    cell.state = 'starting'
    cell.since = performance.now()
    lane.cells.set(cell.id, cell)
    lane.hold()
    const about = { actor: cell.id, service: cell.service.plan.index, key: cell.key }
    lane.tell({ type: 'start', ...about, ...(state && { state: { value: state.value } }) })
    this.#host.ready(cell)
  }
}
