import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { CaseResult, Settings } from './bench-case.ts'

/**
 * Measures a case in a process of its own: what an earlier case has left, a heap of a million results and code that was
 * compiled for other shapes, is not the next one's to pay for. All sides of the case still share that process.
 */
export async function measureApart(name: string, { rounds, seed, quick }: Settings): Promise<CaseResult> {
  const script = process.argv[1]!
  const options = ['--case', name, '--rounds', String(rounds), '--seed', String(seed), '--json']
  const child = spawn(process.execPath, [...process.execArgv, script, ...options, ...(quick ? ['--quick'] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const said = await text(child.stdout)
  const code = await ended
  if (code !== 0) throw new Error(`case ${name} ended with ${code}`)
  const { cases } = JSON.parse(said) as { readonly cases: readonly [CaseResult] }
  return cases[0]
}
