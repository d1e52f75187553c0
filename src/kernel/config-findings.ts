import { type ConfigProblem, TroupeError } from '../contract/errors.ts'
import { jsonPath } from './json-path.ts'
import { nearestName } from './nearest-name.ts'

const shownProblems = 50

/** Collects all that is wrong with what people wrote, a configuration or an experiment, so that it is said at once. */
export class ConfigFindings {
  readonly warnings: string[] = []
  readonly #problems: ConfigProblem[] = []
  #forbidden = 0

  get isEmpty(): boolean {
    return this.#problems.length === 0
  }

  /** Adds a problem; `known` are the names that could have been meant by the last key, or by `name`. */
  add(keys: readonly PropertyKey[], message: string, known: Iterable<string> = [], name = String(keys.at(-1))): void {
    const nearest = nearestName(name, known)
    this.#problems.push({
      path: jsonPath(keys),
      message: nearest === undefined ? message : `${message}; did you mean ${JSON.stringify(nearest)}?`,
      ...(nearest === undefined ? {} : { nearest }),
    })
  }

  addAll(problems: readonly ConfigProblem[]): void {
    for (const problem of problems) this.#problems.push(problem)
  }

  /** Adds what `resolveModule` threw. */
  addModule(keys: readonly PropertyKey[], error: TroupeError): void {
    if (error.code === 'COMPONENT_PATH_FORBIDDEN') this.#forbidden++
    this.add(keys, error.message)
  }

  warn(keys: readonly PropertyKey[], message: string): void {
    this.warnings.push(`${jsonPath(keys)}: ${message}`)
  }

  /** Ends the reading if anything was found. Where only paths are forbidden, the code says so. */
  throwIfAny(source: string): void {
    const { length } = this.#problems
    if (length === 0) return
    const lines = this.#problems.slice(0, shownProblems).map(({ path, message }) => `\n  ${path}: ${message}`)
    if (length > shownProblems) lines.push(`\n  and ${length - shownProblems} more`)
    const code = this.#forbidden === length ? 'COMPONENT_PATH_FORBIDDEN' : 'CONFIG_INVALID'
    const count = length === 1 ? '1 problem' : `${length} problems`
    throw new TroupeError(code, `${source} has ${count}:${lines.join('')}`, { details: this.#problems })
  }
}
