import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'

/** The files of one batch; `-` is stdin, or stdout. */
export interface BatchPaths {
  readonly input: string
  readonly out: string
  /** `undefined` where none was named and the results have no folder to put it in: stdout, a device, a pipe. */
  readonly failures: string | undefined
}

/** Fills in where failures go, and refuses files that would overwrite each other. */
export async function resolveBatchPaths(input: string, out: string, failures: string | undefined): Promise<BatchPaths> {
  const named = failures ?? ((await isFilePath(out)) ? `${out}.failures.jsonl` : undefined)
  if (named === '-') throw new Error('--failures must be a file: stdout has every failure already with --out -')
  const files: [option: string, path: string][] = [['--input', input]]
  // What is being written has a name of its own, which must not be that of the input either.
  files.push(['--out', out], ['--out', `${out}.partial`])
  if (named !== undefined) files.push(['--failures', named], ['--failures', `${named}.partial`])
  const seen = new Map<string, string>()
  for (const [option, path] of files) {
    if (path === '-' || path === '-.partial') continue
    const identity = await identify(path)
    if (identity === undefined) continue
    const other = seen.get(identity)
    if (other !== undefined) throw new Error(`${other} and ${option} are the same file: ${path}`)
    seen.set(identity, option)
  }
  return { input, out, failures: named }
}

async function isFilePath(path: string): Promise<boolean> {
  if (path === '-') return false
  const found = await stat(path).catch(() => undefined)
  return found === undefined || found.isFile()
}

/** What tells one file from another, whatever links lead to it; `undefined` for a device, which several may share. */
async function identify(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return resolve(path)
  return found.isFile() ? `${found.dev}:${found.ino}` : undefined
}

/** A stream of bytes, and how many there will be, where that is known. */
export interface BatchInput {
  readonly bytes: Readable
  readonly size: number | undefined
}

/** Opens a file, or stdin for `-`. */
export async function openBatchInput(path: string): Promise<BatchInput> {
  if (path === '-') return { bytes: process.stdin, size: undefined }
  try {
    const handle = await open(path)
    const found = await handle.stat()
    if (found.isDirectory()) {
      await handle.close()
      throw new Error('it is a directory')
    }
    return { bytes: createReadStream(path, { fd: handle }), size: found.isFile() ? found.size : undefined }
  } catch (error) {
    throw new Error(`Cannot read --input ${path}: ${(error as Error).message}`, { cause: error })
  }
}
