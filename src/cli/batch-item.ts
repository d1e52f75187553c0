import { TroupeError, type Context, type Outcome } from '../index.ts'
import { failureJson } from './failure-json.ts'
import type { JsonLine } from './json-lines.ts'
import { jsonText } from './json-text.ts'

/** One input line on its way: what is to run, or why nothing can. */
export interface BatchItem {
  readonly line: number
  /** How many bytes of the input come up to its end. */
  readonly end: number
  readonly requestId: string
  readonly context: Context
  /** Set where the line is no context: nothing is run for it. */
  readonly error: TroupeError | undefined
}

/** Makes a line an item of the batch of `serviceId`. */
export function toBatchItem(line: JsonLine, serviceId: string): BatchItem {
  // A request id of its own for each line, the same every time: random numbers derive from it where there is no seed.
  const fallbackId = `line-${line.line}`
  if ('problem' in line) return badItem(line, fallbackId, line.problem)
  const { value } = line
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return badItem(line, fallbackId, 'is no context: a context is an object, such as {"data": …}')
  }
  const { service_id: named = serviceId, request_id: requestId = fallbackId } = value as Partial<Context>
  const shownId = typeof requestId === 'string' ? requestId : fallbackId
  if (named !== serviceId) {
    return badItem(line, shownId, `names another service_id than ${serviceId}: ${JSON.stringify(named)}`)
  }
  const context: Context = { ...value, service_id: serviceId, request_id: requestId }
  return { line: line.line, end: line.end, requestId: shownId, context, error: undefined }
}

// The item takes its place among the others as a context that no service can accept: order and back-pressure then hold
// for it as for any other.
const noContext = Object.freeze({}) as Context

function badItem({ line, end }: JsonLine, requestId: string, problem: string): BatchItem {
  const error = new TroupeError('CONTEXT_INVALID', `Line ${line} ${problem}`, { requestId })
  return { line, end, requestId, context: noContext, error }
}

/** The line of the results that tells how an item ended, and whether it ended well. */
export function resultLine(item: BatchItem, outcome: Outcome): { readonly ok: boolean; readonly text: string } {
  const start = `{"line":${item.line},"request_id":${JSON.stringify(item.requestId)}`
  let error = item.error
  if (error === undefined && outcome.ok) {
    try {
      return { ok: true, text: `${start},"ok":true,"value":${jsonText(outcome.value)}}\n` }
    } catch (notJson) {
      error = notJson as TroupeError
    }
  }
  return { ok: false, text: `${start},"ok":false,"error":${jsonText(failureJson(error ?? failure(outcome)))}}\n` }
}

function failure(outcome: Outcome): TroupeError | undefined {
  return outcome.ok ? undefined : outcome.error
}
