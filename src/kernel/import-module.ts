import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A module as it was imported, and what to say about how. */
export interface ImportedModule {
  readonly namespace: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
}

type TsImport = (specifier: string, parent: string) => Promise<Record<string, unknown>>

let tsImport: Promise<TsImport> | undefined

/**
 * Imports a component's or a middleware's file. TypeScript goes through Node's own type stripping where it is there
 * (22.18 and later) and through tsx elsewhere, or where a file needs more than stripping.
 *
 * @param attempt 0 at first; a higher number evaluates a module anew whose evaluation failed, which Node remembers.
 */
export async function importModule(file: string, attempt = 0): Promise<ImportedModule> {
  const url = pathToFileURL(file).href + (attempt > 0 ? `?attempt=${attempt}` : '')
  if (!/\.m?ts$/.test(file)) return { namespace: await import(url), warnings: [] }
  if (!('typescript' in process.features) || !process.features.typescript) {
    return { namespace: await importWithTsx(url), warnings: [] }
  }
  try {
    return { namespace: await import(url), warnings: [] }
  } catch (error) {
    if (!needsTsx(error)) throw error
    const namespace = await importWithTsx(url)
    const why = String((error as Error).message).split('\n', 1)[0]
    return { namespace, warnings: [`${file} needs more than Node's own type stripping, so tsx loaded it: ${why}`] }
  }
}

async function importWithTsx(url: string): Promise<Record<string, unknown>> {
  const load = await startTsx()
  return load(url, import.meta.url)
}

function startTsx(): Promise<TsImport> {
  // Once per thread: each registration would give every file another module graph, and helpers' state with it.
  tsImport ??= import('tsx/esm/api').then(({ register }) => {
    const api = register({ namespace: 'troupe' })
    return (specifier, parent) => api.import(specifier, parent) as Promise<Record<string, unknown>>
  })
  return tsImport
}

// What Node's own stripping refuses although it is valid TypeScript: enums, parameter properties, decorators, and
// imports that name the compiled file.
function needsTsx(error: unknown): boolean {
  const { code, url, message } = error as { code?: string; url?: string; message?: string }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' || code === 'ERR_INVALID_TYPESCRIPT_SYNTAX') return true
  if (code === 'ERR_MODULE_NOT_FOUND') return url !== undefined && hasTypeScriptTwin(url)
  return error instanceof SyntaxError && /decorator|Invalid or unexpected token/i.test(message ?? '')
}

function hasTypeScriptTwin(url: string): boolean {
  if (!url.startsWith('file:')) return false
  const file = fileURLToPath(url)
  const stem = resolve(dirname(file), file.replace(/\.m?js$/, ''))
  return existsSync(`${stem}.ts`) || existsSync(`${stem}.mts`)
}
