import { lstat, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { writeStdout } from './standard-streams.ts'

/** Where lines are written: a file, or stdout. */
export interface LineOutput {
  write(text: string): Promise<void>
  /** Rejects where another process has begun to write the same file. */
  check(): Promise<void>
  /** Resolves once what was written has left the process, and lies on the disk where it is a file. */
  sync(): Promise<void>
  /** Makes what was written final: a file gets its name only now. */
  finish(): Promise<void>
  /** Ends without making it final. Resolves with the name of what remains, where something does. */
  abandon(): Promise<string | undefined>
}

/** Lines are handed to the system in pieces of this many characters. */
const pieceLength = 65_536

/** How often a name is tried for that other processes want too. */
const mostTries = 100

/** What has gathered is handed on after this long all the same, for whoever reads along. */
const pieceMs = 200

/** Opens `path`, or stdout for `-`. A regular file is written as `<path>.partial` until it is finished. */
export async function openLineOutput(path: string): Promise<LineOutput> {
  return new PiecewiseOutput(path === '-' ? stdoutOutput : await openFileOutput(path))
}

/** Removes what an earlier run left at `path`, unless it is a device or a pipe. */
export async function removeFile(path: string): Promise<void> {
  for (const each of [path, `${path}.partial`]) {
    const found = await stat(each).catch(() => undefined)
    if (found?.isFile()) await rm(each, { force: true })
  }
}

const stdoutOutput: LineOutput = {
  write: writeStdout,
  check: async () => {},
  sync: async () => {},
  finish: async () => {},
  abandon: async () => undefined,
}

async function openFileOutput(path: string): Promise<LineOutput> {
  const present = await stat(path).catch(() => undefined)
  // A device or a pipe cannot be renamed into place.
  if (present !== undefined && !present.isFile())
    return new FileOutput(path, await explain(path, open(path, 'w')), path)
  // Through a link, so that renaming replaces the file and not the link.
  const target = present === undefined ? path : await realpath(path)
  const partial = `${target}.partial`
  return new FileOutput(target, await explain(path, openAnew(partial)), partial)
}

/** Makes a file of this process alone: one that another writes there loses its name, and that process will see it. */
async function openAnew(path: string): Promise<FileHandle> {
  for (let tries = 1; ; tries++) {
    // A link is removed, and not the file that it leads to; a folder stays, and is said to be in the way.
    await rm(path, { force: true })
    try {
      return await open(path, 'wx')
    } catch (error) {
      // Another process was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries === mostTries) throw error
    }
  }
}

async function explain<Value>(path: string, operation: Promise<Value>): Promise<Value> {
  try {
    return await operation
  } catch (error) {
    throw Object.assign(new Error(`Cannot write ${path}: ${(error as Error).message}`, { cause: error }), {
      code: (error as NodeJS.ErrnoException).code,
    })
  }
}

class FileOutput implements LineOutput {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #partial: string

  constructor(path: string, handle: FileHandle, partial: string) {
    this.#path = path
    this.#handle = handle
    this.#partial = partial
  }

  async write(text: string): Promise<void> {
    await explain(this.#path, this.#handle.appendFile(text))
  }

  async check(): Promise<void> {
    if (!this.#isRenamed || (await this.#isNamed(this.#partial))) return
    throw new Error(
      `Cannot write ${this.#path}: another process has begun to write it, and ${this.#partial} is its own`,
    )
  }

  async sync(): Promise<void> {
    if (!this.#isRenamed) return
    await explain(this.#path, this.#handle.sync())
    await this.check()
  }

  async finish(): Promise<void> {
    // Synced before it gets its name, so that not even a power cut makes half a file look whole.
    await this.sync()
    if (this.#isRenamed) await this.#rename()
    await explain(this.#path, this.#handle.close())
  }

  async abandon(): Promise<string | undefined> {
    const isOurs = await this.#isNamed(this.#partial).catch(() => false)
    await this.#handle.close().catch(() => {})
    return this.#isRenamed && isOurs ? this.#partial : undefined
  }

  /** By way of a name that no other process knows: one that begins in this moment must not see its half file made final. */
  async #rename(): Promise<void> {
    const own = `${this.#path}.${process.pid}.partial`
    await explain(this.#path, rename(this.#partial, own))
    if (await this.#isNamed(own)) return explain(this.#path, rename(own, this.#path))
    await explain(this.#path, rename(own, this.#partial))
    return this.check()
  }

  async #isNamed(name: string): Promise<boolean> {
    const [own, named] = await Promise.all([this.#handle.stat(), lstat(name).catch(() => undefined)])
    return named?.ino === own.ino && named.dev === own.dev
  }

  get #isRenamed(): boolean {
    return this.#partial !== this.#path
  }
}

/** Gathers lines, writes one piece after the other, and keeps the first error for whoever writes next. */
class PiecewiseOutput implements LineOutput {
  readonly #output: LineOutput
  #gathered = ''
  #written: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(output: LineOutput) {
    this.#output = output
  }

  async write(text: string): Promise<void> {
    this.#gathered += text
    if (this.#gathered.length >= pieceLength) return this.#flush()
    this.#timer ??= setTimeout(() => {
      this.#flush().catch(() => {})
    }, pieceMs)
  }

  check(): Promise<void> {
    return this.#output.check()
  }

  async sync(): Promise<void> {
    await this.#flush()
    await this.#output.sync()
  }

  async finish(): Promise<void> {
    await this.#flush()
    await this.#output.finish()
  }

  async abandon(): Promise<string | undefined> {
    await this.#flush().catch(() => {})
    return this.#output.abandon()
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const piece = this.#gathered
    this.#gathered = ''
    this.#written = this.#written.then(() => (piece === '' ? undefined : this.#output.write(piece)))
    return this.#written
  }
}
