import { types } from 'node:util'

/** Which of a transfer list cannot be handed over, and what it is. */
export interface TransferProblem {
  /** Such as `transfer[0]`. */
  readonly path: string
  readonly what: string
}

// The original, before any component's code can replace it.
const clone = structuredClone

/** The first of a list that cannot be handed over, if there is one. Nothing is detached by asking. */
export function transferProblem(buffers: readonly unknown[]): TransferProblem | undefined {
  for (const [index, buffer] of buffers.entries()) {
    const what = objection(buffer)
    if (what !== undefined) return { path: `transfer[${index}]`, what }
  }
  return undefined
}

function objection(buffer: unknown): string | undefined {
  if (types.isSharedArrayBuffer(buffer)) return 'a SharedArrayBuffer, which both sides have and none hands over'
  if (!types.isArrayBuffer(buffer)) return 'no ArrayBuffer'
  if (isDetached(buffer)) return 'an ArrayBuffer that has been handed over already'
  return isTransferable(buffer) ? undefined : 'an ArrayBuffer that must stay, such as the pool behind small Buffers'
}

/** Whether a buffer has been handed over. (`ArrayBuffer.prototype.detached` came after Node 20.) */
export function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false
  try {
    return new Uint8Array(buffer).length !== 0
  } catch {
    return true
  }
}

// A buffer that must stay is copied without a word on Node 20, and may be refused after others were looked at on later
// versions. Listed twice it is refused for that alone before anything happens to it, unless it must stay.
function isTransferable(buffer: ArrayBuffer): boolean {
  try {
    clone(null, { transfer: [buffer, buffer] })
    return false
  } catch (error) {
    return /duplicate/.test((error as Error).message)
  }
}
