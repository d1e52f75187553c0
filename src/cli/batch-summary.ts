import type { BatchPaths } from './batch-files.ts'
import { counted } from './counted.ts'

/** How a batch went. */
export interface BatchSummary extends BatchPaths {
  readonly lines: number
  readonly failed: number
  readonly elapsedMs: number
}

/** One line for people. */
export function summaryText({ lines, failed, elapsedMs, out, failures }: BatchSummary): string {
  const seconds = elapsedMs / 1_000
  const rate = Math.round(lines / seconds)
  const where = out === '-' ? '' : `; results in ${out}`
  const why = failed > 0 && failures !== undefined ? `, failures in ${failures}` : ''
  return `troupe: ${counted(lines, 'line')}, ${failed} failed, in ${seconds.toFixed(2)} s (${rate}/s)${where}${why}\n`
}

/** One line for programs. */
export function summaryJson({ lines, failed, elapsedMs, out, failures }: BatchSummary): string {
  const summary = {
    lines,
    ok: lines - failed,
    failed,
    elapsed_ms: Math.round(elapsedMs),
    ...(out !== '-' && { out }),
    ...(failed > 0 && failures !== undefined && { failures }),
  }
  return `${JSON.stringify(summary)}\n`
}
