import { type ErrorCode, errorCodes } from './errors.ts'

/** Codes that end an execution for good: somebody wanted it to end, or trying again is what they forbid. */
const final: readonly string[] = ['CANCELLED', 'CIRCUIT_OPEN', 'POISON', 'SHUTTING_DOWN'] satisfies ErrorCode[]

/** Every code after which a context may be tried again where its service says so: what `retry_on` can list. */
export const retryCodes = Object.keys(errorCodes).filter((code) => !final.includes(code)) as readonly ErrorCode[]
