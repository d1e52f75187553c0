import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { ExperimentSummary } from 'troupe'
import { createFolder, troupe } from './command-line.ts'

const components = `
import { existsSync, writeFileSync } from 'node:fs'

const isQuick = existsSync('quick')
export class Draw {
  execute({ data, run }, scope) {
    const ms = isQuick ? 0 : (data.ms ?? 0)
    for (const until = performance.now() + ms; performance.now() < until;);
    if (run >= data.failing_from && run < data.failing_to) throw new RangeError('cannot take run ' + run)
    return { value: data.shift + scope.random() }
  }
}
export class Hang {
  execute({ run }) {
    if (run > 0) {
      writeFileSync('started', '')
      for (;;);
    }
    return { value: 1 }
  }
}
export class Broken {
  constructor() {
    throw new Error('cannot begin')
  }
  execute() {}
}
`

const module = './components.mjs'
const services = {
  draw: { module, class: 'Draw' },
  hang: { module, class: 'Hang' },
  broken: { module, class: 'Broken' },
}

/** Three points of a thousand runs, which draw one number each. */
export const draws = {
  service_id: 'draw',
  seed: 7,
  data: { failing_from: -1, failing_to: -1 },
  design: { method: 'grid', parameters: { shift: { values: [0, 1, 2] } } },
  replications: 1_000,
  metrics: { value: ['mean', 'ci95', 'p50'] },
}

/**
 * The same draws, each of which takes 10 ms, so that a run of them is interrupted in its midst however late that is
 * heard; and no time in a program that finds a file `quick` as it starts.
 */
export const slowDraws = { ...draws, data: { ...draws.data, ms: 10 } }

/** A folder with `x.json`, an experiment, and its services. */
export function createExperiment(experiment: object = draws, others: Record<string, string> = {}): Promise<string> {
  return createFolder({
    'components.mjs': components,
    'services.json': JSON.stringify({ pools: { default: { workers: 2 } }, services }),
    'x.json': JSON.stringify(experiment),
    ...others,
  })
}

/** The summary that a command has printed. */
export function summaryOf({ stdout }: { readonly stdout: string }): ExperimentSummary {
  return JSON.parse(stdout) as ExperimentSummary
}

/** The numbers of the draws where nothing disturbs them: how long each takes is in none. */
export async function undisturbedNumbers(): Promise<string> {
  return summaryOf(await troupe(await createExperiment(draws), 'run', 'x.json', '--json')).numbers
}

/** Resolves once the journal of a run holds blocks, whatever its header takes. */
export async function computing(folder: string, out: string): Promise<void> {
  const journal = join(folder, out, 'journal')
  await vi.waitFor(() => expect(existsSync(journal)).toBe(true), { timeout: 20_000 })
  const header = statSync(journal).size
  await vi.waitFor(() => expect(statSync(journal).size).toBeGreaterThan(header + 1_000), { timeout: 20_000 })
}
