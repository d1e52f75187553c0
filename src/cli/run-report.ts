import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ExperimentSummary } from '../index.ts'
import { counted } from './counted.ts'
import { configOption, invocation } from './invocation.ts'
import { pointsTable } from './run-table.ts'
import { shellWord } from './shell-word.ts'

/** Every file that a run may write at its end. */
const outputNames = ['summary.json', 'runs.jsonl', 'runs.csv', 'runs.parquet', 'report.html', 'failures.jsonl']

const mostFailures = 5

const reasons: Readonly<Record<ExperimentSummary['stopped_at']['reason'], string>> = {
  complete: '',
  budget: '; the time budget ended it',
  max_failures: '; it ended at its limit of failed runs',
}

/** What a run came to, as people read it; `config` is that of the services, for the commands that it shows. */
export function runReport(summary: ExperimentSummary, out: string, config = 'services.json'): string {
  const written = outputNames.filter((name) => existsSync(join(out, name)))
  const rest = written.includes('summary.json') ? `; all are in ${join(out, 'summary.json')}` : ''
  const parts = [
    headline(summary),
    pointsTable(summary.points, rest),
    failureLines(summary, out, config, written),
    closingLines(summary, out, written),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

/** One line: what ran, how much of it, how long, and why it ended if not by itself. */
export function headline({ experiment, points, stopped_at: stopped }: ExperimentSummary): string {
  const runs = points.reduce((sum, point) => sum + point.runs, 0)
  const seconds = (stopped.elapsed_ms / 1_000).toFixed(2)
  const size = `${counted(points.length, 'point')} (${experiment.design}), ${runs.toLocaleString('en-US')} runs`
  return `${experiment.name}: service ${experiment.service_id}, ${size}, ${seconds} s${reasons[stopped.reason]}\n`
}

function failureLines(
  { failures }: ExperimentSummary,
  out: string,
  config: string,
  written: readonly string[],
): string {
  if (failures.count === 0) return ''
  const listed = failures.listed.slice(0, mostFailures)
  const lines = listed.map(({ run, code, message }) => `  run ${run}  ${code}: ${oneLine(message)}`)
  const more = failures.count - listed.length
  const where = written.includes('failures.jsonl') ? ` in ${join(out, 'failures.jsonl')}` : ''
  if (more > 0) lines.push(`  … and ${more} more${where}`)
  const [first] = listed
  const replay =
    first === undefined
      ? ''
      : `  To run one alone: ${invocation()} replay ${shellWord(out)}${configOption(config)} --run ${first.run}\n`
  return `${counted(failures.count, 'run')} failed:\n${lines.join('\n')}\n${replay}`
}

function closingLines(summary: ExperimentSummary, out: string, written: readonly string[]): string {
  const reproducible = summary.reproducible
    ? 'yes: the same experiment gives these numbers on any number of workers'
    : `no: ${summary.irreproducible.join('; ')}`
  const lines = [`reproducible  ${reproducible}`, `numbers       ${summary.numbers}`]
  if (written.length > 0) lines.push(`written       ${written.join(', ')} in ${out}`)
  return `${lines.join('\n')}\n`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200)
}
