import { errorCodes } from '../contract/errors.ts'
import { logLevels } from '../contract/log.ts'
import type { FromLane } from '../contract/messages.ts'

const MAX_CAUSES = 16

/**
 * Whether a message is one that a lane sends. A component shares its thread with the lane and can reach the lane's port:
 * what it posts there must not do more than be counted.
 */
export function isFromLane(message: unknown): message is FromLane {
  if (!isObject(message)) return false
  switch (message['type']) {
    case 'value':
      return isNumber(message['sequence']) && 'value' in message && isOptionalNumber(message['ms'])
    case 'failure':
      return isNumber(message['sequence']) && isWireError(message['error']) && isOptionalNumber(message['ms'])
    case 'pong':
      return (
        isNumber(message['finished']) && (message['awaits'] === undefined || typeof message['awaits'] === 'boolean')
      )
    case 'skipped':
      return isNumber(message['sequence'])
    case 'rows':
      return isNumber(message['service']) && isNumber(message['ran']) && isNumber(message['ms'])
    case 'progress':
      return isNumber(message['sequence']) && typeof message['fraction'] === 'number'
    case 'records':
      return isList(message['records'], isRecord) && typeof message['dropped'] === 'number'
    case 'loaded':
      return typeof message['service'] === 'number' && isList(message['components'], isComponentLoad)
    case 'middleware-stats':
      return isObject(message['stats'])
    case 'actors':
      return isFromActors(message['message'])
    case 'reply':
      return isReply(message)
    case 'orphan':
      return isWireError(message['error'])
    case 'output-dropped':
      return isNumber(message['writes'])
    case 'tampered':
      return typeof message['why'] === 'string' && isOptionalNumber(message['service'])
    case 'drained':
      return isList(message['errors'], (error) => isWireError(error))
    default:
      return false
  }
}

function isReply({ slot, id, ms, stream, error }: Record<string, unknown>): boolean {
  if (!isNumber(slot) || typeof id !== 'string' || !isNumber(ms) || !isOptionalNumber(stream)) return false
  return error === undefined || isWireError(error)
}

function isFromActors(message: unknown): boolean {
  if (!isObject(message)) return false
  switch (message['type']) {
    case 'skipped':
      return isNumber(message['slot'])
    case 'progress':
      return isNumber(message['slot']) && isNumber(message['fraction'])
    case 'started':
      return isNumber(message['actor'])
    case 'start-failed':
      return isNumber(message['actor']) && isWireError(message['error'])
    case 'stopped':
    case 'snapshotted':
      return isNumber(message['actor']) && (message['error'] === undefined || isWireError(message['error']))
    case 'ask':
      return isNumber(message['ask']) && isNumber(message['actor']) && isObject(message['context'])
    case 'running':
      return isNumber(message['heard']) && isList(message['slots'], isNumber)
    default:
      return false
  }
}

function isWireError(error: unknown, causes = 0): boolean {
  if (!isObject(error) || typeof error['name'] !== 'string' || typeof error['message'] !== 'string') return false
  const { stack, fields, cause, errors, thrown, troupe } = error
  return (
    causes < MAX_CAUSES &&
    (stack === undefined || typeof stack === 'string') &&
    (fields === undefined || isObject(fields)) &&
    (cause === undefined || isWireError(cause, causes + 1)) &&
    (errors === undefined || isList(errors, (one) => isWireError(one, causes + 1))) &&
    (thrown === undefined || isObject(thrown)) &&
    (troupe === undefined || (isObject(troupe) && Object.hasOwn(errorCodes, String(troupe['code']))))
  )
}

function isRecord(record: unknown): boolean {
  return isObject(record) && Object.hasOwn(logLevels, String(record['level'])) && isObject(record['fields'])
}

function isComponentLoad(load: unknown): boolean {
  if (!isObject(load) || typeof load['step'] !== 'string' || !Array.isArray(load['warnings'])) return false
  return load['error'] === undefined || isWireError(load['error'])
}

function isList(value: unknown, holds: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(holds)
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

function isOptionalNumber(value: unknown): boolean {
  return value === undefined || isNumber(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
