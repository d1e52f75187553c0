import { mkdir, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** The longest name of a folder that is made here. */
const maxLength = 80

/** Names that Windows keeps for devices, whatever follows a dot. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** The name of the folder of a run that began at `date`: the experiment's, made safe for any file system, and the time. */
export function runFolderName(experimentFile: string, date: Date): string {
  const number = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}${number(date.getMonth() + 1)}${number(date.getDate())}`
  const time = `${number(date.getHours())}${number(date.getMinutes())}${number(date.getSeconds())}`
  const stamp = `-${day}-${time}`
  // A backslash separates folders on Windows alone, and is nothing to have in a name elsewhere.
  const given = basename(experimentFile.replaceAll('\\', '/')).replace(/\.json$/i, '')
  const safe = given.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '')
  const name = reserved.test(safe) ? `run-${safe}` : safe || 'experiment'
  // By characters, so that none is cut in half.
  let short = ''
  for (const character of name) {
    if (Buffer.byteLength(short + character) > maxLength - stamp.length) break
    short += character
  }
  return short + stamp
}

/** A folder for a run, made by this process and empty. */
export interface FreshFolder {
  readonly path: string
  /** Removes it, and what had to be made for it, where nothing was written there. */
  removeIfEmpty(): Promise<void>
}

/** Makes a folder in `parent` that was not there before: `name`, or with a number behind it. */
export async function createFreshFolder(parent: string, name: string): Promise<FreshFolder> {
  const isNew = await makeUnlessThere(parent)
  for (let count = 1; ; count++) {
    const path = join(parent, count === 1 ? name : `${name}-${count}`)
    if (await makeUnlessThere(path)) return { path, removeIfEmpty: () => removeUpTo(path, isNew ? parent : path) }
  }
}

/** Makes a folder, but not those above it; `false` where something is there. */
async function makeUnlessThere(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function removeUpTo(path: string, last: string): Promise<void> {
  try {
    await rmdir(path)
    if (path !== last) await rmdir(dirname(path))
  } catch {
    // Something is in it by now.
  }
}
