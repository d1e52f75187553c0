import { readFile } from 'node:fs/promises'
import { TroupeError } from '../index.ts'

/**
 * The value of an option that is `JSON`, `@file`, or `-` for stdin.
 *
 * @param name The option, for messages.
 * @throws {TroupeError} `CONTEXT_INVALID` where the text is no JSON.
 * @throws {Error} the file cannot be read.
 */
export async function readJsonArgument(name: string, text: string): Promise<unknown> {
  const [json, origin] = await resolveText(name, text)
  try {
    return JSON.parse(json)
  } catch (error) {
    const reason = json.trim() === '' ? 'it is empty' : (error as Error).message
    throw new TroupeError('CONTEXT_INVALID', `${origin} is no JSON: ${reason}`)
  }
}

async function resolveText(name: string, text: string): Promise<[json: string, origin: string]> {
  if (text === '-') return [decode(await readStdin(), `${name} (stdin)`), `${name} (stdin)`]
  if (!text.startsWith('@')) return [text, name]
  const path = text.slice(1)
  const origin = `${name} (${path})`
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new Error(`Cannot read ${origin}: ${(error as Error).message}`, { cause: error })
  })
  return [decode(bytes, origin), origin]
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function decode(bytes: Buffer, origin: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new TroupeError('CONTEXT_INVALID', `${origin} is not UTF-8 text`)
  }
}
