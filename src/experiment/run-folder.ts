import { TroupeError } from '../contract/errors.ts'
import type { RunOptions } from '../contract/experiment-options.ts'
import type { JournalHeader } from './journal/journal-entry.ts'
import { type Journal, openJournal } from './journal/journal-reader.ts'
import { RunLock } from './journal/run-lock.ts'

/** The folder of a run, which is this process's until it is released. */
export interface RunFolder {
  readonly path: string
  /** What an earlier run has left. */
  readonly journal: Journal | undefined
  release(): Promise<void>
}

/**
 * Takes the folder of a run.
 *
 * @throws {TroupeError} `RUN_LOCKED`, `RUN_EXISTS`, `JOURNAL_CORRUPT`, `WRITE_FAILED`
 */
export async function openRunFolder(path: string, { resume }: RunOptions): Promise<RunFolder> {
  const lock = await RunLock.take(path)
  try {
    const journal = await openJournal(path)
    if (journal !== undefined && resume !== true) {
      const message = `Folder ${path} holds a run already; go on with it (resume), or give another folder`
      throw new TroupeError('RUN_EXISTS', message, { details: { folder: path } })
    }
    return { path, journal, release: () => lock.release() }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Whether a run is gone on with by force.
 *
 * @throws {TroupeError} `INPUT_CHANGED` where what its numbers depend on has changed, and force is not asked for, or its
 *   runs are not even the same ones.
 */
export function checkUnchanged(header: JournalHeader, now: JournalHeader, path: string, isForced: boolean): boolean {
  if (header.digest === now.digest) return false
  const names = new Set([...Object.keys(header.files), ...Object.keys(now.files)])
  const changed = [...names].filter((name) => header.files[name] !== now.files[name])
  const what = changed.length > 0 ? changed.slice(0, 5).join(', ') : 'the experiment itself'
  const sameRuns =
    JSON.stringify([header.plan.layout, header.plan.metrics.map(({ name }) => name)]) ===
    JSON.stringify([now.plan.layout, now.plan.metrics.map(({ name }) => name)])
  if (isForced && sameRuns) return true
  const remedy = sameRuns
    ? 'begin anew in another folder, or go on all the same (force)'
    : 'its runs are others now, so begin anew in another folder'
  const message = `The run in ${path} was begun with something else: ${what} changed; ${remedy}`
  throw new TroupeError('INPUT_CHANGED', message, { details: { folder: path, changed } })
}
