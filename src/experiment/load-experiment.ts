import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { TroupeError } from '../contract/errors.ts'
import { readJsonFile } from '../kernel/json-file.ts'
import { type ParsedExperiment, parseExperiment } from './parse-experiment.ts'

/** An experiment and where it comes from. */
export interface LoadedExperiment extends ParsedExperiment {
  /** That of its file, without the extension; `experiment` for an object. */
  readonly name: string
  /** Its file as an absolute path, if it was one. */
  readonly source?: string
}

/**
 * Reads an experiment from its file, or from an object of the same form, whose paths are relative to the current folder.
 *
 * @throws {TroupeError} `CONFIG_NOT_FOUND`; `CONFIG_INVALID` with every problem in `details`.
 */
export async function loadExperiment(experiment: string | object): Promise<LoadedExperiment> {
  if (typeof experiment !== 'string') {
    return { name: 'experiment', ...parseExperiment(copyOf(experiment), reader(process.cwd())) }
  }
  const kind = { name: 'Experiment', remedy: 'give the path of an experiment file' }
  const { file, value } = await readJsonFile(experiment, kind)
  const parsed = parseExperiment(value, reader(dirname(file)), `Experiment ${file}`)
  return { name: basename(file).replace(/\.jsonc?$/, ''), source: file, ...parsed }
}

/** From here on, the program may change its object. */
function copyOf(experiment: object): unknown {
  try {
    return structuredClone(experiment)
  } catch (cause) {
    const message = `The experiment must be plain JSON: ${(cause as Error).message}`
    throw new TroupeError('CONFIG_INVALID', message, { cause, details: [{ path: '$', message }] })
  }
}

function reader(folder: string): (path: string) => Uint8Array {
  return (path) => readFileSync(resolve(folder, path))
}
