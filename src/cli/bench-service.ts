import type { Context } from '../index.ts'
import { wholeNumber, type CommandDefinition, type CommonOptions } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { failureText } from './failure-text.ts'
import { readJsonArgument } from './json-argument.ts'
import { type ServiceBench, benchService } from './service-bench.ts'
import { writeStderr, writeStdout } from './standard-streams.ts'
import { textTable } from './text-table.ts'

interface BenchOptions extends CommonOptions {
  readonly data?: string
  readonly seconds?: number
}

/** `troupe bench service`: says whether threads pay for a service, and from which cost of a context on. */
export const benchServiceCommand: CommandDefinition<BenchOptions> = {
  group: { name: 'bench', description: 'Measure what things cost' },
  name: 'service',
  description: 'Say from which cost of a context on threads pay for a service, and whether they do',
  argument: { name: 'service', description: 'the service to measure' },
  options: [
    { flags: '--data <json>', description: 'data of the contexts: JSON, @file, or - for stdin' },
    { flags: '--seconds <n>', description: 'how long to measure (default: 6)', parse: wholeNumber(1, 3_600) },
  ],
  run,
}

async function run({ config, json, data, seconds = 6 }: BenchOptions, serviceId: string): Promise<number> {
  const context: Context = {
    service_id: serviceId,
    ...(data !== undefined && { data: await readJsonArgument('--data', data) }),
  }
  const bench = await benchService(config, context, seconds)
  await writeStdout(json ? `${JSON.stringify(benchJson(serviceId, bench))}\n` : benchText(serviceId, bench))
  if (bench.failed === 0) return exitCodes.done
  await writeStderr(failureText(bench.error))
  return exitCodes.failures
}

function benchJson(serviceId: string, bench: ServiceBench): object {
  return {
    service_id: serviceId,
    workers: bench.workers,
    cores: bench.cores,
    contexts: bench.contexts,
    failed: bench.failed,
    run_us: rounded(bench.runUs),
    main_us: rounded(bench.mainUs),
    lane_us: rounded(bench.laneUs),
    mean_chunk: rounded(bench.meanChunk),
    loop_per_second: Math.round(1e6 / bench.runUs),
    threads_per_second: Math.round(bench.rate),
    break_even_us: bench.breakEvenUs === undefined ? null : rounded(bench.breakEvenUs),
    pays: pays(bench),
  }
}

function benchText(serviceId: string, bench: ServiceBench): string {
  const { workers, cores, runUs, mainUs, laneUs, rate, meanChunk, contexts, failed } = bench
  const rows = [
    ['a run, in a loop on one thread', `${text(runUs)} µs`],
    ['the way there and back, main thread', `${text(mainUs)} µs`],
    ['the way there and back, workers', `${text(laneUs)} µs`],
    ['contexts that cross together', text(meanChunk)],
    ['a loop on one thread', `${Math.round(1e6 / runUs)}/s`],
    [`${workers} workers on ${cores} cores`, `${Math.round(rate)}/s`],
    ['contexts measured', failed === 0 ? `${contexts}` : `${contexts}, and ${failed} failed in all`],
  ]
  return `${textTable(['PER CONTEXT', ''], rows)}${sentence(serviceId, bench)}\n`
}

function sentence(serviceId: string, bench: ServiceBench): string {
  const { runUs, rate, workers, cores, breakEvenUs } = bench
  const factor = text((rate * runUs) / 1e6)
  if (breakEvenUs === undefined) {
    return `Threads cannot be faster than a loop with ${workers} worker(s) on ${cores} core(s); they keep the main thread free.`
  }
  const from = `Threads pay from about ${text(breakEvenUs)} µs a context on`
  if (pays(bench)) return `${from}: they pay for ${serviceId}, which they run ${factor} times as fast as a loop.`
  // What was measured decides; where the cost says otherwise, the cores were not there for the workers.
  const but = runUs > breakEvenUs ? ' Its cost says that they should: is the machine busy with something else?' : ''
  return `${from}: they do not pay for ${serviceId}, which they run ${factor} times as fast as a loop would.${but}`
}

/** Whether threads were seen to be faster than the loop. */
function pays({ rate, runUs }: ServiceBench): boolean {
  return rate * runUs > 1e6
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

function text(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(rounded(value))
}
