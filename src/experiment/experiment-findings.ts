import { type ConfigProblem, TroupeError } from '../contract/errors.ts'
import { jsonPath } from '../kernel/json-path.ts'
import { nearestName } from '../kernel/nearest-name.ts'

const shownProblems = 50

/** Collects all that is wrong with an experiment, so that it is said at once. */
export class ExperimentFindings {
  readonly #problems: ConfigProblem[] = []

  get isEmpty(): boolean {
    return this.#problems.length === 0
  }

  /** Adds a problem; `known` are the names that could have been meant by `name`. */
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

  /** @throws TroupeError `CONFIG_INVALID` with every problem in `details`, if there is one. */
  throwIfAny(source: string): void {
    const { length } = this.#problems
    if (length === 0) return
    const lines = this.#problems.slice(0, shownProblems).map(({ path, message }) => `\n  ${path}: ${message}`)
    if (length > shownProblems) lines.push(`\n  and ${length - shownProblems} more`)
    const count = length === 1 ? '1 problem' : `${length} problems`
    throw new TroupeError('CONFIG_INVALID', `${source} has ${count}:${lines.join('')}`, { details: this.#problems })
  }
}
