import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ParseError } from 'jsonc-parser'
import { TroupeError } from '../contract/errors.ts'

const maxBytes = 64 * 1024 * 1024

/** The parsed text of a configuration file. Where a JSON object names a key twice, the last one wins. */
export interface ConfigFile {
  /** Its absolute path. */
  readonly file: string
  readonly value: unknown
}

/**
 * Reads a configuration file: UTF-8 JSON without a byte order mark.
 * @throws TroupeError `CONFIG_NOT_FOUND`, or `CONFIG_INVALID` with line and column.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const file = resolve(path)
  const text = decode(await readBytes(file), file)
  try {
    return { file, value: JSON.parse(text) as unknown }
  } catch (error) {
    throw invalid(file, await syntaxProblem(text, error as Error), error)
  }
}

async function readBytes(file: string): Promise<Buffer> {
  let handle: FileHandle | undefined
  try {
    // Opening a FIFO would wait for its writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (!stat.isFile()) throw invalid(file, `it is ${stat.isDirectory() ? 'a directory' : 'not a regular file'}`)
    if (stat.size > maxBytes) throw invalid(file, `it has ${stat.size} bytes, more than the ${maxBytes} allowed`)
    return await handle.readFile()
  } catch (error) {
    if (error instanceof TroupeError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw invalid(file, `it cannot be read (${code ?? String(error)})`, error)
    throw new TroupeError(
      'CONFIG_NOT_FOUND',
      `Configuration ${file} does not exist; give the path of a services.json`,
      {
        cause: error,
        details: { file },
      },
    )
  } finally {
    await handle?.close()
  }
}

function decode(bytes: Buffer, file: string): string {
  if (bytes.length === 0) throw invalid(file, 'it is empty')
  const [first, second, third] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0) {
    throw invalid(file, 'it is UTF-16 or UTF-32; save it as UTF-8')
  }
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    throw invalid(file, 'it begins with a byte order mark; save it as UTF-8 without one')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw invalid(file, 'it is not valid UTF-8', error)
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

function invalid(file: string, problem: string, cause?: unknown): TroupeError {
  return new TroupeError('CONFIG_INVALID', `Configuration ${file} is invalid: ${problem}`, {
    details: [{ path: '$', message: problem }],
    ...(cause === undefined ? {} : { cause }),
  })
}
