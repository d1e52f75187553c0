import { realpathSync, statSync } from 'node:fs'
import { dirname, extname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TroupeError } from '../contract/errors.ts'

/** Where the module of a specifier is, or would be. */
export type ModulePath =
  { readonly kind: 'found'; readonly file: string } | { readonly kind: 'absent'; readonly file: string }

const extensions = ['ts', 'mts', 'js', 'mjs']
const relativeForm = /^\.(?:\/[^/%?#\\\0]+)+$/
const dottedForm = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/
const bundledForm = /^troupe:([a-z0-9-]+)$/

// `dist/components` beside `dist/src/kernel`, or the sources' own folder when they run as they are.
const bundledRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../components')
const bundledExtension = extname(fileURLToPath(import.meta.url))

const allowed =
  'Allowed are "./folder/file.ts" (or .mts, .js, .mjs) below the folder of the configuration, without "..", "%", "?", "#" or "\\"; ' +
  'the dotted form "folder.file"; and "troupe:NAME"'

function forbidden(specifier: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError(
    'COMPONENT_PATH_FORBIDDEN',
    `Module ${JSON.stringify(specifier)} is forbidden: ${reason}. ${allowed}`,
    {
      details: { specifier, reason },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

/**
 * The file that `specifier` names below `root`, as a real path; an absent file is no error here. The file is never
 * opened. Both threads ask: the supervisor at the start, and the worker before it imports, since links may have changed.
 * @throws TroupeError `COMPONENT_PATH_FORBIDDEN`, or `CONFIG_INVALID` where a dotted form matches two files.
 */
export function resolveModule(specifier: string, root: string): ModulePath {
  const bundled = bundledForm.exec(specifier)?.[1]
  if (bundled !== undefined) {
    const file = join(bundledRoot, bundled + bundledExtension)
    return { kind: realFile(specifier, file) === undefined ? 'absent' : 'found', file }
  }
  const file = lexicalFile(specifier, root)
  const real = realFile(specifier, file)
  if (real === undefined) return { kind: 'absent', file }
  if (!isBelow(real, realpathSync(root))) throw forbidden(specifier, 'it leads out of the folder of the configuration')
  // A link may have another extension than what it leads to.
  if (!hasModuleExtension(real)) throw forbidden(specifier, 'it leads to a file that is no module')
  return { kind: 'found', file: real }
}

function lexicalFile(specifier: string, root: string): string {
  if (dottedForm.test(specifier)) return dottedFile(specifier, root)
  if (!relativeForm.test(specifier) || specifier.split('/').includes('..')) {
    throw forbidden(specifier, 'it is not of an allowed form')
  }
  if (!hasModuleExtension(specifier)) throw forbidden(specifier, 'its extension is not that of a module')
  return resolve(root, specifier)
}

function dottedFile(specifier: string, root: string): string {
  const stem = resolve(root, ...specifier.split('.'))
  const matches = extensions.map((extension) => `${stem}.${extension}`).filter(exists)
  if (matches.length > 1) {
    const message = `Module ${JSON.stringify(specifier)} matches ${matches.length} files, ${matches.join(' and ')}; name one as "./…"`
    throw new TroupeError('CONFIG_INVALID', message, { details: [{ path: '', message }] })
  }
  return matches[0] ?? `${stem}.{${extensions.join(',')}}`
}

/** The real path of a regular file; `undefined` where there is none. */
function realFile(specifier: string, file: string): string | undefined {
  try {
    // Asked without an exception, since many services may lack their modules at the start.
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined
    const real = realpathSync(file)
    if (statSync(real).isFile()) return real
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw forbidden(specifier, 'its path cannot be followed', error)
  }
  throw forbidden(specifier, 'it is not a regular file')
}

function exists(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    // Present but not to be followed: `realFile` says why.
    return !isAbsence(error)
  }
}

function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function hasModuleExtension(file: string): boolean {
  return extensions.includes(extname(file).slice(1))
}

function isBelow(file: string, root: string): boolean {
  const path = relative(root, file)
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && resolve(root, path) === file
}
