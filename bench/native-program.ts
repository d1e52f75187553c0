import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sources = fileURLToPath(new URL('../../bench/native', import.meta.url))

/** Whether this machine has a program that says its version. */
function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
}

export const hasGcc = isThere('gcc')
export const hasPython = isThere('python3')

/** One line on the sides that this machine has no means for; `undefined` where it has all. */
export const leftOut = [
  ...(hasGcc ? [] : ['C: there is no gcc']),
  ...(hasPython ? [] : ['Python: there is no python3']),
]
  .map((side) => `without ${side}`)
  .join('; ')

/** The numbers that a program of `bench/native` prints: first the nanoseconds of CPU time that it took. */
export type NativeProgram = (...numbers: readonly number[]) => readonly number[]

/** Programs that were made from C live in a folder of their own, until `close`. */
export interface NativePrograms {
  c(name: string): NativeProgram
  python(name: string): NativeProgram
  close(): void
}

export function openNativePrograms(): NativePrograms {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-bench-'))
  return {
    c(name) {
      const program = join(folder, name)
      execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, join(sources, `${name}.c`), '-lm'])
      return (...numbers) => numbersOf(execFileSync(program, numbers.map(String)))
    },
    python(name) {
      return (...numbers) => numbersOf(execFileSync('python3', [join(sources, `${name}.py`), ...numbers.map(String)]))
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function numbersOf(output: Buffer): readonly number[] {
  return output.toString().trim().split(' ').map(Number)
}
