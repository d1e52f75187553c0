import type { BenchCase, BenchSide } from '../bench-case.ts'
import { runChild } from '../children/run-child.ts'

/** What waiting contexts and workers take. */
export const memory: BenchCase = {
  name: 'memory',
  what: '1,000,000 queued contexts; resident memory of each further worker; in processes of their own',
  targets: [
    { what: 'beyond the context itself', variant: 'queued context', atMost: 400 },
    { what: 'above bare Piscina', variant: 'worker', against: 'Piscina', by: 'difference', atMost: 8 },
  ],
  async open({ quick, workers }) {
    const queued = quick ? 50_000 : 1_000_000
    const few = (asked: number): number => Math.min(asked, 3)
    return {
      variants: [
        {
          name: 'queued context',
          unit: 'bytes',
          better: 'less',
          rounds: few,
          warmUps: 0,
          sides: () => [
            {
              name: 'Troupe',
              kind: 'troupe',
              sample: () => printed('queue-troupe', ['--expose-gc', '--max-old-space-size=8000'], [queued, workers]),
            },
          ],
        },
        {
          name: 'worker',
          unit: 'MB',
          better: 'less',
          rounds: few,
          warmUps: 0,
          sides: () => [
            residentSide('Troupe', 'troupe', 'resident-troupe'),
            residentSide('Piscina', 'peer', 'resident-piscina'),
          ],
        },
      ],
      close: async () => {},
    }
  },
}

/** By how much the process grows with each worker beyond the first. */
function residentSide(name: string, kind: BenchSide['kind'], script: string): BenchSide {
  const further = 4
  const resident = (workers: number): Promise<number> => printed(script, ['--expose-gc'], [workers])
  return { name, kind, sample: async () => ((await resident(1 + further)) - (await resident(1))) / further }
}

async function printed(script: string, options: readonly string[], values: readonly number[]): Promise<number> {
  const { line } = await runChild(script, options, values)
  const figure = Number(line)
  if (!Number.isFinite(figure)) throw new Error(`${script} printed ${line}`)
  return figure
}
