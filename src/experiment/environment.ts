import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import type { ExperimentSummary } from '../contract/experiment-summary.ts'

/** What numbers do not depend on, and times do. */
export function environmentOf(workers: number): ExperimentSummary['environment'] {
  return {
    troupe: troupeVersion(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    workers,
  }
}

/** The version of this package. */
export function troupeVersion(): string {
  return (createRequire(import.meta.url)('troupe/package.json') as { version: string }).version
}
