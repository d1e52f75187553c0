import type { ExperimentProgress } from '../index.ts'
import { createProgressBar, roomForText, type BarStream } from './progress-bar.ts'

/** Shows how far an experiment is until it is stopped. */
export interface RunProgress {
  update(progress: ExperimentProgress): void
  stop(): void
}

/** Where there is no terminal, the first line comes after so long, and further ones at this interval. */
const firstLineMs = 1_000
const lineMs = 10_000

/** One line that is drawn over on a terminal; elsewhere a line now and then. */
export function createRunProgress(stream: BarStream, label: string): RunProgress {
  return stream.isTTY === true ? onTerminal(stream, label) : inLines(stream, label)
}

function onTerminal(stream: BarStream, label: string): RunProgress {
  const bar = createProgressBar(stream, label)
  return {
    update(progress) {
      const text = fitting(progressParts(progress), roomForText(label, stream.columns || 80))
      bar.update({ fraction: fractionOf(progress), text })
    },
    stop: () => bar.stop(),
  }
}

function inLines(stream: BarStream, label: string): RunProgress {
  let latest: ExperimentProgress | undefined
  const print = () => {
    if (latest === undefined) stream.write(`troupe: ${label}: no run has ended yet\n`)
    else stream.write(`troupe: ${label}: ${percent(latest)}, ${progressParts(latest).join(', ')}\n`)
  }
  let timer = setTimeout(() => {
    print()
    timer = setInterval(print, lineMs).unref()
  }, firstLineMs).unref()
  return {
    update: (progress) => (latest = progress),
    stop: () => clearTimeout(timer),
  }
}

/** The share of the whole that is done: of the points where some stopped early, else of the runs. */
export function fractionOf({ runs, maxRuns, points, maxPoints }: ExperimentProgress): number {
  return Math.max(maxRuns > 0 ? runs / maxRuns : 0, maxPoints > 0 ? points / maxPoints : 0)
}

function percent(progress: ExperimentProgress): string {
  return `${Math.floor(fractionOf(progress) * 100)}%`
}

/** What there is to say, the most important first. */
export function progressParts(progress: ExperimentProgress): string[] {
  const { runs, failed, runsPerSecond, etaMs, metric, points, maxPoints } = progress
  const parts = [`${integer(runs)} runs`]
  if (failed > 0) parts.push(`${integer(failed)} failed`)
  if (metric !== undefined) {
    const width = metric.halfWidth === undefined ? '' : ` ± ${metric.halfWidth.toPrecision(2)}`
    parts.push(`${metric.name} ${metric.mean.toPrecision(6)}${width}`)
  }
  if (etaMs !== undefined) parts.push(`${duration(etaMs)} left at most`)
  parts.push(`${integer(runsPerSecond)}/s`)
  if (maxPoints > 1) parts.push(`${integer(points)} of ${integer(maxPoints)} points`)
  return parts
}

/** As many of the parts as there is room for. */
export function fitting(parts: readonly string[], room: number): string {
  let text = ''
  for (const part of parts) {
    const longer = text === '' ? part : `${text}, ${part}`
    if (longer.length > room) break
    text = longer
  }
  return text
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`
}

function integer(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
