import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those above it; resolves with the first that it made, if any. As `mkdir` with `recursive` does,
 * which on Node 20 never ends where a folder cannot be made although the one above seems to be there: in `/proc`, or
 * behind a link that leads nowhere.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    await mkdir(path)
    return path
  } catch (error) {
    const parent = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) return thereOrThrow(path, error)
    const first = await makeFolder(parent)
    try {
      await mkdir(path)
    } catch (again) {
      // Another process may have made it in the meantime.
      return thereOrThrow(path, again, first)
    }
    return first ?? path
  }
}

/** What is there and is a folder need not be made, whatever the file system says of the attempt. */
async function thereOrThrow(path: string, error: unknown, first?: string): Promise<string | undefined> {
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  )
  if (isFolder) return first
  throw error
}
