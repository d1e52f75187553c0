import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { isTroupeError, type ExperimentSummary } from '../index.ts'
import { wholeNumber, type CommandDefinition, type CommonOptions } from './command.ts'
import { counted } from './counted.ts'
import { exitCodes } from './exit-code.ts'
import { firstDifference } from './first-difference.ts'
import { Interruption } from './interruption.ts'
import { jsonText } from './json-text.ts'
import { createRunProgress } from './run-progress.ts'
import { writeStderr, writeStdout } from './standard-streams.ts'
import { summaryJson } from './summary-json.ts'
import { supervised } from './supervised.ts'
import { textTable } from './text-table.ts'

interface VerifyOptions extends CommonOptions {
  readonly workers?: number
}

/** An experiment as it was computed by so many workers. */
interface Computed {
  readonly workers: number
  readonly ms: number
  readonly summary: ExperimentSummary
}

/** `troupe verify`: computes an experiment on one worker and on several, and compares. */
export const verify: CommandDefinition<VerifyOptions> = {
  name: 'verify',
  description: 'Compute an experiment on one worker and on several, and compare the numbers',
  argument: { name: 'experiment', description: 'the experiment file' },
  options: [
    {
      flags: '--workers <n>',
      description: 'how many workers several are (default: one a core, at least 2)',
      parse: wholeNumber(2),
    },
  ],
  run: runVerify,
}

async function runVerify(options: VerifyOptions, experiment: string): Promise<number> {
  const several = options.workers ?? Math.max(availableParallelism(), 2)
  const interruption = new Interruption()
  try {
    const one = await compute(options, experiment, 1, interruption)
    const other = await compute(options, experiment, several, interruption)
    const isSame = one.summary.numbers === other.summary.numbers
    await writeStdout(options.json ? verifyJson(one, other, isSame) : verifyText(one, other, isSame))
    return isSame ? exitCodes.done : exitCodes.refused
  } catch (error) {
    if (interruption.exitCode === undefined || !isTroupeError(error)) throw error
    await writeStderr(`troupe: interrupted by ${interruption.received}; nothing was compared\n`)
    return interruption.exitCode
  } finally {
    interruption.stop()
  }
}

async function compute(
  { config }: VerifyOptions,
  experiment: string,
  workers: number,
  interruption: Interruption,
): Promise<Computed> {
  const progress = createRunProgress(
    process.stderr,
    `${basename(experiment, '.json')} on ${counted(workers, 'worker')}`,
  )
  try {
    return await supervised(config, { workers }, interruption, async (supervisor) => {
      const started = performance.now()
      const summary = await supervisor.run(experiment, {
        signal: interruption.signal,
        onProgress: (state) => progress.update(state),
      })
      refuseOtherPool(summary, workers)
      return { workers, ms: performance.now() - started, summary }
    })
  } finally {
    progress.stop()
  }
}

/** A comparison of twice the same workers would show nothing. */
function refuseOtherPool({ experiment, environment }: ExperimentSummary, wanted: number): void {
  if (environment.workers === wanted) return
  const has = `runs on a pool of its own, with ${counted(environment.workers, 'worker')} whatever verify asks for`
  const remedy = 'give a configuration (--config) in which it runs on the default pool'
  throw new Error(`Service ${experiment.service_id} ${has}; ${remedy}`)
}

function verifyText(one: Computed, other: Computed, isSame: boolean): string {
  const rows = [one, other].map(({ workers, ms, summary }) => [
    counted(workers, 'worker'),
    `${(ms / 1_000).toFixed(2)} s`,
    summary.numbers,
  ])
  return textTable(['', 'TIME', 'NUMBERS'], rows) + verdict(one, other, isSame)
}

function verdict(one: Computed, other: Computed, isSame: boolean): string {
  const { summary } = other
  if (!isSame) {
    const why = summary.reproducible ? '' : `It is not reproducible: ${summary.irreproducible.join('; ')}\n`
    return `OTHER NUMBERS: ${firstDifference(one.summary, summary) ?? 'in no point'}\n${why}`
  }
  const runs = summary.points.reduce((sum, point) => sum + point.runs, 0)
  const { count } = summary.failures
  const failed = count === 0 ? '' : ` (${count} of them failed, the same ones)`
  const size = `${counted(summary.points.length, 'point')}, ${runs.toLocaleString('en-US')} runs${failed}`
  const speed = `${(one.ms / other.ms).toFixed(2)} times as fast on ${counted(other.workers, 'worker')}`
  return `The same numbers to the last bit: ${size}, ${speed}\n`
}

function verifyJson(one: Computed, other: Computed, isSame: boolean): string {
  const difference = isSame ? undefined : firstDifference(one.summary, other.summary)
  const computed = [one, other].map(({ workers, ms, summary }) => ({
    workers,
    elapsed_ms: Math.round(ms),
    numbers: summary.numbers,
  }))
  const summary: unknown = JSON.parse(summaryJson(other.summary))
  const speedUp = one.ms / other.ms
  return `${jsonText({ same: isSame, ...(difference && { difference }), computed, speed_up: speedUp, summary })}\n`
}
