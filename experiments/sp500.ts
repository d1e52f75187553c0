import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Calibration } from '../components/pre-calibration.ts'
import type { SimulationInput, SimulationResult } from '../components/simulation.ts'
import { createProgressBar } from '../src/cli/progress-bar.ts'
import { Supervisor } from '../src/index.ts'
import type { Context, Outcome } from '../src/index.ts'
import { callPrice } from '../src/numerics/black-scholes.ts'
import { mergeMoments, noMoments, standardErrorOf } from '../src/numerics/moments.ts'
import { lowerTailMean, quantile } from '../src/numerics/quantile.ts'
import { readClosesOfSp500 } from './sp500-closes.ts'
import { formatReport } from './sp500-report.ts'
import type { Findings } from './sp500-report.ts'
import { measureSpeedUp } from './speed-up.ts'

// From daily closes to the price of an option and the risk of the index, over all cores. The same seeds give the same
// prices and risks on any number of workers; only the times differ.

const servicesFile = fileURLToPath(new URL('../../services.json', import.meta.url))
const rate = 0.03
const contexts = 200
const pathsPerContext = 5_000
const contextsPerRound = 30
const rounds = 5
const firstSeed = 20_260_101_000
const tailProbability = 0.01
const allowedDistance = 4

try {
  const findings = await run()
  const bold = (text: string) => (process.stdout.isTTY ? `\u001B[1m${text}\u001B[22m` : text)
  console.log(`\n${formatReport(findings, bold)}\n`)
  const failure = failureOf(findings)
  if (failure !== undefined) throw new Error(failure)
} catch (error) {
  console.error(`sp500: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function run(): Promise<Findings> {
  const series = readClosesOfSp500()
  const workers = availableParallelism()
  const all = await Supervisor.start(servicesFile, { workers })
  const bar = createProgressBar(process.stdout, 'Simulating')
  try {
    const calibration = (await all.execute({
      service_id: 'pre-calibration',
      request_id: 'sp500',
      data: { closes: series.closes },
    })) as Calibration
    const { spot, drift, volatility } = calibration
    const market: SimulationInput = { spot, rate, drift, volatility, horizon_days: 252, return_terminal: true }
    await warmUp(all, workers)

    const batch = Array.from({ length: contexts }, (_, index) => simulationContext(market, index))
    const start = performance.now()
    const outcomes = await all.executeMany(batch, {
      onProgress: ({ settled }) => {
        const text = `${(settled * pathsPerContext).toLocaleString('en-US')} paths`
        bar.update({ fraction: settled / contexts, text })
      },
    })
    const seconds = (performance.now() - start) / 1000
    const results = outcomes.map(valueOf)

    bar.update({ fraction: 1, text: 'comparing with one worker' })
    const speedUp = await compareWithOneWorker(all, batch.slice(0, contextsPerRound))
    const pooled = results
      .map((result) => ({ count: result.paths, mean: result.price, m2: result.payoff_m2 }))
      .reduce(mergeMoments, noMoments)
    const standardError = standardErrorOf(pooled)
    const closedForm = callPrice({ spot, strike: spot, rate, volatility, years: 1 })
    const terminal = pool(results)
    return {
      series,
      calibration,
      rate,
      price: pooled.mean,
      standardError,
      closedForm,
      distance: Math.abs(pooled.mean - closedForm) / standardError,
      valueAtRisk: 1 - quantile(terminal, tailProbability) / spot,
      expectedShortfall: 1 - lowerTailMean(terminal, tailProbability) / spot,
      paths: pooled.count,
      seconds,
      workers,
      oneWorkerRate: speedUp.one * pathsPerContext,
      allWorkersRate: speedUp.all * pathsPerContext,
      rounds,
      pathsPerRound: contextsPerRound * pathsPerContext,
      identical: speedUp.identical,
    }
  } finally {
    bar.stop()
    await all.close()
  }
}

function simulationContext(market: SimulationInput, index: number): Context {
  return {
    service_id: 'simulation',
    request_id: `sp500-${index}`,
    seed: firstSeed + index,
    data: { ...market, paths: pathsPerContext },
  }
}

async function compareWithOneWorker(all: Supervisor, batch: readonly Context[]) {
  const one = await Supervisor.start(servicesFile, { workers: 1 })
  try {
    await warmUp(one, 1)
    return await measureSpeedUp(one, all, batch, rounds)
  } finally {
    await one.close()
  }
}

/** Lets every worker load the component and compile it well. */
async function warmUp(supervisor: Supervisor, workers: number): Promise<void> {
  const batch = Array.from({ length: 8 * workers }, () => ({ service_id: 'simulation', data: { paths: 2_000 } }))
  await supervisor.executeMany(batch)
}

/** Where all paths ended, sorted: quantiles are of the whole, never means of quantiles. */
function pool(results: readonly SimulationResult[]): Float64Array {
  const terminal = new Float64Array(contexts * pathsPerContext)
  let offset = 0
  for (const result of results) {
    if (result.terminal === undefined) throw new Error('A simulation came back without its terminal prices')
    terminal.set(result.terminal, offset)
    offset += result.terminal.length
  }
  return terminal.sort()
}

function valueOf(outcome: Outcome): SimulationResult {
  if (!outcome.ok) throw outcome.error
  return outcome.value as SimulationResult
}

function failureOf({ distance, identical }: Findings): string | undefined {
  if (!(distance <= allowedDistance)) {
    return `the simulated price is ${distance.toFixed(2)} standard errors from the closed form, more than ${allowedDistance}`
  }
  return identical ? undefined : 'one worker and all workers gave different numbers for the same seeds'
}
