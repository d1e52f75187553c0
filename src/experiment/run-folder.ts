import { TroupeError } from '../contract/errors.ts'
import type { RunOptions } from '../contract/experiment-options.ts'
import { needsSketch } from '../numerics/point-reduction.ts'
import { canonicalJson } from './canonical-json.ts'
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
  const changed = [...changesOfPlatform(header, now), ...changesOfInput(header, now)]
  if (changed.length === 0) return false
  const isSame = runsOf(header) === runsOf(now) && keepsEnough(header, now)
  if (isForced && isSame) return true
  const remedy = isSame
    ? 'begin anew in another folder, or go on all the same (force)'
    : 'its runs are others now, so begin anew in another folder'
  const message = `The run in ${path} was begun with something else: ${changed.slice(0, 5).join(', ')} changed; ${remedy}`
  throw new TroupeError('INPUT_CHANGED', message, { details: { folder: path, changed } })
}

function changesOfInput(header: JournalHeader, now: JournalHeader): string[] {
  if (header.digest === now.digest) return []
  const names = new Set([...Object.keys(header.files), ...Object.keys(now.files)])
  const changed = [...names].filter((name) => header.files[name] !== now.files[name])
  return changed.length > 0 ? changed : ['the experiment itself']
}

/** Another version of Node, or another processor, may compute other last bits. */
function changesOfPlatform({ environment: one }: JournalHeader, { environment: other }: JournalHeader): string[] {
  const changed: string[] = []
  const major = (version: string) => version.split('.')[0]
  if (major(one.node) !== major(other.node)) changed.push(`Node (${one.node}, now ${other.node})`)
  if (one.arch !== undefined && one.arch !== other.arch) changed.push(`processor (${one.arch}, now ${other.arch})`)
  return changed
}

/** What makes a run the one that it is: which point and replication it has, and the parameters of that point. */
function runsOf({ plan: { layout, design, seed } }: JournalHeader): string {
  const isDrawn = design.method === 'random' || design.method === 'latin-hypercube'
  return canonicalJson({ layout, design, seed: isDrawn ? seed : 0 })
}

/** Whether the blocks of a journal have all that is wanted of them now. */
function keepsEnough({ plan: one }: JournalHeader, { plan: other }: JournalHeader): boolean {
  return (
    (keepsRows(one) || !keepsRows(other)) &&
    one.metrics.length === other.metrics.length &&
    one.metrics.every((metric, at) => {
      const wanted = other.metrics[at]!
      return metric.name === wanted.name && (needsSketch(one, metric) || !needsSketch(other, wanted))
    })
  )
}

function keepsRows({ outputs }: JournalHeader['plan']): boolean {
  return outputs.some((output) => output.startsWith('runs.'))
}
