import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder for one test, with files that tell when they were run. */
export class ConfigFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-config-')))
  readonly #ledger = join(this.path, 'ran')

  constructor() {
    mkdirSync(this.#ledger)
  }

  /** Writes a file and returns its path; what is no text is written as JSON. */
  write(name: string, content: unknown): string {
    const file = join(this.path, name)
    mkdirSync(dirname(file), { recursive: true })
    const written = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
    writeFileSync(file, written)
    return file
  }

  /** A line for a module that marks `name` as run. */
  mark(name: string): string {
    return `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(join(this.#ledger, name))}, '');`
  }

  /** The names of what was run. */
  get ran(): readonly string[] {
    return readdirSync(this.#ledger)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
