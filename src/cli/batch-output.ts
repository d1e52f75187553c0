import type { BatchPaths } from './batch-files.ts'
import { openLineOutput, removeFile, type LineOutput } from './line-output.ts'

/** The results of a batch, and beside them its failures. Nothing has its final name before `finish`. */
export class BatchOutput {
  readonly #paths: BatchPaths
  readonly #results: LineOutput
  #failures: LineOutput | undefined
  #lines = 0
  #failed = 0

  private constructor(paths: BatchPaths, results: LineOutput) {
    this.#paths = paths
    this.#results = results
  }

  static async open(paths: BatchPaths): Promise<BatchOutput> {
    return new BatchOutput(paths, await openLineOutput(paths.out))
  }

  get lines(): number {
    return this.#lines
  }

  get failed(): number {
    return this.#failed
  }

  /** Writes one line of the results, and again to the failures where it tells of one. */
  async write(line: { readonly ok: boolean; readonly text: string }): Promise<void> {
    this.#lines += 1
    if (!line.ok) {
      this.#failed += 1
      if (this.#paths.failures !== undefined) {
        this.#failures ??= await this.#openFailures(this.#paths.failures)
        await this.#failures.write(line.text)
      }
    }
    await this.#results.write(line.text)
  }

  /** Not where another batch has begun to write the results: the failures are its own as well. */
  async #openFailures(path: string): Promise<LineOutput> {
    await this.#results.check()
    return openLineOutput(path)
  }

  /** Names are given once both are written whole, the failures first: results must not stand beside those of an earlier run. */
  async finish(): Promise<void> {
    await this.#failures?.sync()
    await this.#results.sync()
    if (this.#failures !== undefined) await this.#failures.finish()
    else if (this.#paths.failures !== undefined) await removeFile(this.#paths.failures)
    await this.#results.finish()
  }

  /** Ends without giving the files their names. Resolves with the name of what was written so far, if it has one. */
  async abandon(): Promise<string | undefined> {
    await this.#failures?.abandon()
    return this.#results.abandon()
  }
}
