/** The part of a file that putting it in place needs. */
interface SyncedFile {
  sync(): Promise<void>
  close(): Promise<void>
}

/** The steps in which a file is put in the place of another: those of the file system, unless faults are tried. */
export interface ReplacingFiles<File extends SyncedFile> {
  open(path: string, flags: string): Promise<File>
  rename(from: string, to: string): Promise<void>
}

/** What a file is written as first, and what is to be done once that is whole and before it takes the place. */
export interface Replacement {
  readonly temporary: string
  readonly beforeRename?: () => Promise<void>
}

/**
 * Puts a file in the place of `path`, all of it or nothing: it is written beside it, synced, and gets its name only
 * then. Once this has resolved, the name is on the disk as well.
 */
export async function replaceFile<File extends SyncedFile>(
  files: ReplacingFiles<File>,
  folder: string,
  path: string,
  { temporary, beforeRename }: Replacement,
  write: (file: File) => Promise<void>,
): Promise<void> {
  await withFile(files, temporary, 'w', async (file) => {
    await write(file)
    await file.sync()
  })
  await beforeRename?.()
  await files.rename(temporary, path)
  await syncFolder(files, folder)
}

/** Brings the names in a folder to the disk. */
export async function syncFolder<File extends SyncedFile>(files: ReplacingFiles<File>, folder: string): Promise<void> {
  // Windows has no such thing, and keeps names without being told.
  if (process.platform === 'win32') return
  await withFile(files, folder, 'r', (file) => file.sync())
}

async function withFile<File extends SyncedFile>(
  files: ReplacingFiles<File>,
  path: string,
  flags: string,
  use: (file: File) => Promise<void>,
): Promise<void> {
  const file = await files.open(path, flags)
  try {
    await use(file)
  } finally {
    await file.close()
  }
}
