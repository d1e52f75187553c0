import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a child said first, and how long after its start. */
export interface ChildLine {
  readonly line: string
  readonly milliseconds: number
}

/** Runs a script of this folder in a process of its own until it has ended. */
export function runChild(script: string, options: readonly string[], values: readonly number[]): Promise<ChildLine> {
  const path = fileURLToPath(new URL(`./${script}.js`, import.meta.url))
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(process.execPath, [...options, path, ...values.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let first: ChildLine | undefined
    child.stdout.on('data', (chunk: Buffer) => {
      first ??= { line: chunk.toString().trim(), milliseconds: performance.now() - started }
      // It has said what there was to say; how it ends is not measured.
      child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (first === undefined) reject(new Error(`${script} ended with ${code} and said nothing`))
      else resolve(first)
    })
  })
}
