import { isTroupeError, type ExperimentSummary } from '../index.ts'
import { jsonText } from './json-text.ts'

/**
 * The summary of an experiment as one line of JSON. What was prepared may be anything that can be cloned: where JSON
 * cannot express it, it is left out, since everything else is what was asked for.
 */
export function summaryJson(summary: ExperimentSummary): string {
  try {
    return jsonText(summary)
  } catch (error) {
    if (!isTroupeError(error)) throw error
    const { prepared: _, ...rest } = summary
    return jsonText(rest)
  }
}
