import { unlinkSync } from 'node:fs'
import { type FileHandle, open, readFile, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TroupeError } from '../../contract/errors.ts'
import { makeFolder } from '../../kernel/make-folder.ts'
import { isSystemError, writeFailed } from '../write-failed.ts'
import { type ProcessIdentity, lockName, mayBeAlive, ownIdentity, parseLockName } from './process-identity.ts'

// Each process that wants the folder makes a file of its own there, and only then looks for those of others. So of two,
// at least one sees the other; who sees nobody else has the lock, and says so in its file. Of those that only try, the
// one whose name comes first stays, and the others take their files away and come again. A file of a dead process is
// nobody's: no process that is alive can have its name, so whoever finds it may remove it.

const trying = 't'
const held = 'h'
const pauseMs = 20
// Who comes again too soon is in the way of the one that stays: each time, it leaves twice as long a gap.
const longestPauseMs = 640

/** Another file in the folder, of a process that may be alive. */
interface Rival extends ProcessIdentity {
  readonly name: string
  readonly isHeld: boolean
  readonly since: string | undefined
}

const heldHere = new Set<string>()

/** Keeps others from computing the same run, in this process, in another one, or on another host. */
export class RunLock {
  readonly #path: string
  #releasing: Promise<void> | undefined

  private constructor(path: string) {
    this.#path = path
    if (heldHere.size === 0) process.on('exit', removeHeld)
    heldHere.add(path)
  }

  /**
   * Takes the lock of a folder, which is made where there is none; that of a process that is dead is taken over.
   *
   * @param patienceMs Who tries for longer than this is stopped, or on another host and dead; it counts as having the lock.
   * @throws {TroupeError} `RUN_LOCKED` where another process has it, `WRITE_FAILED` where the folder cannot be written.
   */
  static async take(folder: string, patienceMs = 10_000): Promise<RunLock> {
    try {
      await makeFolder(folder)
      return new RunLock(await take(folder, await ownIdentity(), patienceMs))
    } catch (error) {
      throw isSystemError(error) ? writeFailed(folder, error) : error
    }
  }

  /** Gives the lock back; once is enough. Where the file cannot be removed, it is nobody's as soon as this process has ended. */
  release(): Promise<void> {
    return (this.#releasing ??= this.#release())
  }

  async #release(): Promise<void> {
    await unlink(this.#path).catch(() => {})
    heldHere.delete(this.#path)
    if (heldHere.size === 0) process.off('exit', removeHeld)
  }
}

async function take(folder: string, own: ProcessIdentity, patienceMs: number): Promise<string> {
  const name = lockName(own)
  const path = join(folder, name)
  const until = performance.now() + patienceMs
  for (let pause = pauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
    const file = await open(path, 'wx')
    try {
      if (await tryFor(folder, name, file, own, until)) return path
    } catch (error) {
      await unlink(path).catch(() => {})
      throw error
    } finally {
      await file.close()
    }
    await unlink(path)
    await sleep(pause * (1 + Math.random()))
  }
}

/** Whether the lock is had; if not, another one goes first. */
async function tryFor(
  folder: string,
  name: string,
  file: FileHandle,
  own: ProcessIdentity,
  until: number,
): Promise<boolean> {
  await file.write(`${trying} ${new Date().toISOString()}\n`, 0)
  for (;;) {
    const rivals = await rivalsIn(folder, name, own)
    if (rivals.length === 0) {
      // One byte in its place, which is seen whole or not at all.
      await file.write(held, 0)
      return true
    }
    const holder = rivals.find(({ isHeld }) => isHeld) ?? (performance.now() > until ? rivals[0] : undefined)
    if (holder) throw runLocked(folder, holder)
    if (rivals.some((rival) => rival.name < name)) return false
    await sleep(pauseMs / 2)
  }
}

async function rivalsIn(folder: string, ownName: string, own: ProcessIdentity): Promise<Rival[]> {
  const rivals: Rival[] = []
  for (const name of await readdir(folder)) {
    const identity = name === ownName ? undefined : parseLockName(name)
    if (!identity) continue
    const path = join(folder, name)
    if (!(await mayBeAlive(identity, own))) {
      await unlink(path).catch(ignoreAbsence)
      continue
    }
    const text = await readFile(path, 'latin1').catch(ignoreAbsence)
    if (text === undefined) continue
    // A file that was made just now is still empty.
    rivals.push({ ...identity, name, isHeld: text.startsWith(held), since: text.slice(2).trim() || undefined })
  }
  return rivals
}

function runLocked(folder: string, { host, pid, since, name }: Rival): TroupeError {
  const who = `process ${pid} on ${host}${since === undefined ? '' : ` since ${since}`}`
  const remedy = `wait until it ends, or remove ${name} if you are sure that it has`
  return new TroupeError('RUN_LOCKED', `The run in ${folder} is being computed by ${who}; ${remedy}`, {
    details: { pid, host, since, file: join(folder, name) },
  })
}

function ignoreAbsence(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function removeHeld(): void {
  for (const path of heldHere) {
    try {
      unlinkSync(path)
    } catch {
      // Whoever finds it sees that this process is dead.
    }
  }
}
