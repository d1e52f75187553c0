import { resolve } from 'node:path'
import type { Log } from '../../contract/log.ts'
import { describeThrown } from '../../kernel/thrown.ts'
import type { ActorCell } from './actor-cell.ts'
import { SnapshotFolder } from './snapshot-folder.ts'

/** A state that an actor gave. */
export interface Snapshot {
  readonly value: unknown
}

/** Keeps the last state of each actor, in memory or in files. */
export class Snapshots {
  readonly #root: string
  readonly #log: Log
  readonly #folders = new Map<string, SnapshotFolder>()

  constructor(root: string, log: Log) {
    this.#root = root
    this.#log = log
  }

  #folderOf({ plan }: ActorCell): SnapshotFolder | undefined {
    const { snapshotDir } = plan
    if (snapshotDir === undefined) return undefined
    let folder = this.#folders.get(snapshotDir)
    if (!folder) this.#folders.set(snapshotDir, (folder = new SnapshotFolder(resolve(this.#root, snapshotDir))))
    return folder
  }

  /** The last good one, if there is any; a promise where it has to be read. */
  last(cell: ActorCell): Snapshot | undefined | Promise<Snapshot | undefined> {
    const folder = this.#folderOf(cell)
    return folder ? this.#read(folder, cell) : cell.asks?.snapshot
  }

  async #read(folder: SnapshotFolder, cell: ActorCell): Promise<Snapshot | undefined> {
    const about = { service_id: cell.service.plan.id, key: cell.key }
    try {
      const read = await folder.read({ serviceId: cell.service.plan.id, key: cell.key })
      if (read?.isOlder)
        this.#log.warn(about, 'The last snapshot of an actor is not whole; it goes on from the one before')
      return read && { value: read.value }
    } catch (error) {
      if (cell.plan.onInvalidSnapshot === 'fail') throw error
      this.#log.error({ ...about, error: describeThrown(error) }, 'An actor begins without its snapshot')
      return undefined
    }
  }

  /** Keeps a state; it counts once this has resolved. */
  async keep(cell: ActorCell, snapshot: Snapshot): Promise<void> {
    const folder = this.#folderOf(cell)
    if (folder) await folder.write({ serviceId: cell.service.plan.id, key: cell.key }, snapshot.value)
    else cell.company.snapshot = snapshot
  }
}
