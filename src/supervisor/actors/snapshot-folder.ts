import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { TroupeError } from '../../contract/errors.ts'
import { makeFolder } from '../../kernel/make-folder.ts'
import { replaceFile } from '../../kernel/replace-file.ts'

/** The part of the file system that keeping states needs. */
export interface SnapshotFiles {
  makeFolder(path: string): Promise<unknown>
  open(path: string, flags: string): Promise<Pick<FileHandle, 'writeFile' | 'sync' | 'close'>>
  readFile(path: string): Promise<Buffer>
  rename(from: string, to: string): Promise<void>
}

/** Whose state it is. */
export interface SnapshotOwner {
  readonly serviceId: string
  readonly key: string
}

const MAGIC = 'troupe actor snapshot 1\n'
const DIGEST_BYTES = 32
const realFiles: SnapshotFiles = { makeFolder, open, readFile, rename }

/**
 * Keeps states in files, the last two of each actor. A state is written beside the one before, synced, and only then
 * put in its place; and it carries its own digest, so that a torn one is known. Whatever is cut off in between, there
 * is a whole state to go on from, and never half of one.
 */
export class SnapshotFolder {
  readonly #path: string
  readonly #files: SnapshotFiles
  readonly #notWhole = new Set<string>()

  constructor(path: string, files: SnapshotFiles = realFiles) {
    this.#path = path
    this.#files = files
  }

  #fileOf({ serviceId, key }: SnapshotOwner): string {
    // A key may be anything, and longer than a name may be.
    const name = createHash('sha256').update(`${serviceId}\0${key}`).digest('hex')
    return join(this.#path, `${name}.snapshot`)
  }

  /** Writes a state; it counts once this has resolved. */
  async write(owner: SnapshotOwner, value: unknown): Promise<void> {
    const file = this.#fileOf(owner)
    const bytes = encode(owner, value)
    await this.#files.makeFolder(this.#path)
    // What was found not to be whole must not take the place of the one before, which is.
    const keepLast = async () => {
      if (!this.#notWhole.has(file)) await this.#moveIfThere(file, `${file}.previous`)
    }
    const replacement = { temporary: `${file}.next`, beforeRename: keepLast }
    await replaceFile(this.#files, this.#path, file, replacement, (handle) => handle.writeFile(bytes))
    this.#notWhole.delete(file)
  }

  async #moveIfThere(from: string, to: string): Promise<void> {
    try {
      await this.#files.rename(from, to)
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }

  /**
   * The last state that is whole, if there is any; `isOlder` where the last one was not.
   *
   * @throws {TroupeError} `SNAPSHOT_INVALID` where there are files and none of them is whole.
   */
  async read(owner: SnapshotOwner): Promise<{ readonly value: unknown; readonly isOlder: boolean } | undefined> {
    const file = this.#fileOf(owner)
    let problem: string | undefined
    for (const path of [file, `${file}.previous`]) {
      try {
        return { value: decode(owner, await this.#files.readFile(path)), isOlder: problem !== undefined }
      } catch (error) {
        if (isAbsent(error)) continue
        problem ??= `${path}: ${(error as Error).message}`
        this.#notWhole.add(path)
      }
    }
    if (problem === undefined) return undefined
    const { serviceId, key } = owner
    const message = `No snapshot of actor ${serviceId}/${key} is whole (${problem}); remove it, or set on_invalid_snapshot to "fresh"`
    throw new TroupeError('SNAPSHOT_INVALID', message, { serviceId, details: { key, file } })
  }
}

function encode({ serviceId, key }: SnapshotOwner, value: unknown): Buffer {
  const body = serialize({ serviceId, key, value })
  return Buffer.concat([Buffer.from(MAGIC), createHash('sha256').update(body).digest(), body])
}

function decode(owner: SnapshotOwner, bytes: Buffer): unknown {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('it is of another version, or no snapshot')
  const digest = bytes.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES)
  const body = bytes.subarray(MAGIC.length + DIGEST_BYTES)
  if (!createHash('sha256').update(body).digest().equals(digest)) throw new Error('it is torn or was changed')
  const { serviceId, key, value } = deserialize(body) as SnapshotOwner & { readonly value: unknown }
  if (serviceId !== owner.serviceId || key !== owner.key) throw new Error('it is that of another actor')
  return value
}

function isAbsent(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ENOENT'
}
