import type { FromLane } from '../contract/messages.ts'
import type { FaultPlan, FaultPoint } from '../contract/fault-plan.ts'
import { isDue } from '../kernel/fault-plan.ts'
import type { RowSink } from './lane-parts.ts'

const CRASHED = 86
const replies = new Set<FromLane['type']>(['value', 'failure', 'skipped'])

/** Makes the fault happen that is planned for this thread's side, if any: around the lane's own parts, not in them. */
export class LaneFaults {
  readonly #plan: FaultPlan
  /** The context whose reply was tried as a row, and may then be posted. */
  #tried: number | undefined

  constructor(plan: FaultPlan) {
    this.#plan = plan
  }

  /** The lane starts. */
  start(): void {
    this.#reach('lane:start')
  }

  aroundPost(post: (message: FromLane, transfers?: readonly ArrayBuffer[]) => void): typeof post {
    return (message, transfers) => {
      const isReply = replies.has(message.type)
      const isTried = 'sequence' in message && message.sequence === this.#tried
      if (isReply && !isTried) this.#reach('lane:before-reply')
      post(message, transfers)
      if (isReply) this.#reach('lane:after-reply')
    }
  }

  aroundRows(rows: RowSink): RowSink {
    return {
      pass: (sequence) => rows.pass(sequence),
      write: (service, sequence, tag, value, known) => {
        this.#tried = sequence
        this.#reach('lane:before-reply')
        return rows.write(service, sequence, tag, value, known)
      },
      publish: () => {
        rows.publish()
        this.#reach('lane:after-reply')
      },
    }
  }

  #reach(point: FaultPoint): void {
    if (!isDue(this.#plan, point)) return
    switch (this.#plan.action) {
      case 'throw':
        throw new Error(`Fault ${this.#plan.text}`)
      case 'hang':
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
        return
      case 'crash':
        // Without what an orderly exit would still do.
        ;(process as unknown as { reallyExit(code: number): never }).reallyExit(CRASHED)
        return
      // The others befall disks.
      default:
    }
  }
}
