import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ParseError } from 'jsonc-parser'
import { TroupeError } from '../contract/errors.ts'

const maxBytes = 64 * 1024 * 1024

/** What a JSON file of the user's is called in errors, and where to find one if it is missing. */
export interface JsonFileKind {
  readonly name: string
  readonly remedy: string
}

/** The parsed text of a JSON file. Where a JSON object names a key twice, the last one wins. */
export interface JsonFile {
  /** Its absolute path. */
  readonly file: string
  readonly value: unknown
}

/**
 * Reads a JSON file: UTF-8 without a byte order mark.
 * @throws TroupeError `CONFIG_NOT_FOUND`, or `CONFIG_INVALID` with line and column.
 */
export async function readJsonFile(path: string, kind: JsonFileKind): Promise<JsonFile> {
  const file = resolve(path)
  const text = decode(await readBytes(file, kind), file, kind)
  try {
    return { file, value: JSON.parse(text) as unknown }
  } catch (error) {
    throw invalid(kind, file, await syntaxProblem(text, error as Error), error)
  }
}

async function readBytes(file: string, kind: JsonFileKind): Promise<Buffer> {
  let handle: FileHandle | undefined
  try {
    // Opening a FIFO would wait for its writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (!stat.isFile()) throw invalid(kind, file, `it is ${stat.isDirectory() ? 'a directory' : 'not a regular file'}`)
    if (stat.size > maxBytes) throw invalid(kind, file, `it has ${stat.size} bytes, more than the ${maxBytes} allowed`)
    return await handle.readFile()
  } catch (error) {
    if (error instanceof TroupeError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw invalid(kind, file, `it cannot be read (${code ?? String(error)})`, error)
    throw new TroupeError('CONFIG_NOT_FOUND', `${kind.name} ${file} does not exist; ${kind.remedy}`, {
      cause: error,
      details: { file },
    })
  } finally {
    await handle?.close()
  }
}

function decode(bytes: Buffer, file: string, kind: JsonFileKind): string {
  if (bytes.length === 0) throw invalid(kind, file, 'it is empty')
  const [first, second, third] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0) {
    throw invalid(kind, file, 'it is UTF-16 or UTF-32; save it as UTF-8')
  }
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    throw invalid(kind, file, 'it begins with a byte order mark; save it as UTF-8 without one')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw invalid(kind, file, 'it is not valid UTF-8', error)
  }
}

/** Where and what is wrong. `JSON.parse` does not always say where, so a second parser is asked, only now. */
async function syntaxProblem(text: string, error: Error): Promise<string> {
  try {
    const { parse, printParseErrorCode } = await import('jsonc-parser')
    const problems: ParseError[] = []
    parse(text, problems, { disallowComments: true, allowTrailingComma: false })
    const [first] = problems
    if (first !== undefined) return `${position(text, first.offset)}: ${sentence(printParseErrorCode(first.error))}`
  } catch {
    // A text nested too deep for a recursive parser; what JSON.parse said has to do.
  }
  const offset = /at position (\d+)/.exec(error.message)?.[1]
  return offset === undefined ? error.message : `${position(text, Number(offset))}: ${error.message}`
}

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}

/** `CommaExpected` → `comma expected`. */
function sentence(code: string): string {
  return code.replace(/(?!^)[A-Z]/g, ' $&').toLowerCase()
}

function invalid(kind: JsonFileKind, file: string, problem: string, cause?: unknown): TroupeError {
  return new TroupeError('CONFIG_INVALID', `${kind.name} ${file} is invalid: ${problem}`, {
    details: [{ path: '$', message: problem }],
    ...(cause === undefined ? {} : { cause }),
  })
}
