import type { Outcome } from '../../../../src/contract/outcome.ts'
import type { FakeLane, LaneWitness } from './fake-engine.ts'

/** The limits of the configuration that the model runs with. */
export const LIMITS = { mailbox: 6, maxRestarts: 2, withinMs: 10_000, quarantineMs: 10_000, graceMs: 100, tickMs: 25 }

/** One context as the reference sees it. */
export interface Entry {
  readonly id: number
  readonly service: string
  readonly deadlineAt: number
  readonly timeoutMs: number
  startedAt: number | undefined
  isProbe: boolean
  settled: string | undefined
}

type Gate =
  { readonly state: 'open' } | { readonly state: 'closed'; readonly until: number } | { readonly state: 'probing' }

/**
 * What supervision promises, said as simply as can be: no chunks, no marks, no queues. It is told what lanes do, and
 * says how each context may settle. Another rule (retries, a breaker) is another state here and a line where it acts.
 */
export class Reference implements LaneWitness {
  readonly entries = new Map<number, Entry>()
  readonly problems: string[] = []
  /** How contexts may settle now, by id: `code/outcome`. */
  readonly expected = new Map<number, readonly string[]>()
  readonly #gates = new Map<string, Gate>()
  #crashes: number[] = []
  readonly #lastSent = new Map<string, number>()
  readonly #known = new Set<number>()
  lanes: () => readonly FakeLane[] = () => []

  get unsettled(): Entry[] {
    return [...this.entries.values()].filter(({ settled }) => settled === undefined)
  }

  isInFlight(id: number): boolean {
    return this.lanes().some((lane) => lane.holds(id))
  }

  waiting(service: string): Entry[] {
    return this.unsettled.filter((entry) => entry.service === service && !this.isInFlight(entry.id))
  }

  /** Takes note of a context; how it is refused, if it is. */
  submit(entry: Entry, now: number): void {
    const gate = this.#gates.get(entry.service) ?? { state: 'open' }
    const isShut = gate.state === 'probing' || (gate.state === 'closed' && now < gate.until)
    if (this.waiting(entry.service).length >= LIMITS.mailbox) this.expected.set(entry.id, ['MAILBOX_FULL/not_started'])
    else if (isShut) this.expected.set(entry.id, ['SERVICE_UNAVAILABLE/not_started'])
    else if (gate.state === 'closed') {
      entry.isProbe = true
      this.#gates.set(entry.service, { state: 'probing' })
    }
    this.entries.set(entry.id, entry)
  }

  sent(ids: readonly number[]): void {
    for (const id of ids) {
      const { service, settled } = this.entries.get(id)!
      if (settled !== undefined) this.problems.push(`${id} was sent although it had settled`)
      if (this.#known.has(id)) continue
      // What was taken back goes first; what never left leaves in the order in which it came.
      if (this.waiting(service).some((other) => this.#known.has(other.id)))
        this.problems.push(`${id} left before what was taken back to ${service}`)
      if (id < (this.#lastSent.get(service) ?? -1)) this.problems.push(`${id} overtook another of ${service}`)
      this.#lastSent.set(service, id)
      this.#known.add(id)
    }
  }

  started(id: number): void {
    const entry = this.entries.get(id)!
    if (entry.startedAt !== undefined) this.problems.push(`${id} started twice`)
    if (entry.settled !== undefined) this.problems.push(`${id} started although it had settled`)
    entry.startedAt = performance.now()
  }

  /** The context that ran on a lane ended. */
  answered(id: number, ok: boolean): void {
    const entry = this.entries.get(id)!
    if (entry.settled !== undefined) return
    this.expected.set(id, [ok ? 'ok' : 'COMPONENT_FAILED/failed'])
    this.#endProbe(entry, { state: 'open' })
  }

  cancelled(id: number, now: number): void {
    const entry = this.entries.get(id)!
    this.expected.set(id, [`CANCELLED/${farOf(entry)}`])
    this.#endProbe(entry, entry.startedAt === undefined ? { state: 'closed', until: now } : { state: 'open' })
  }

  /** A lane's thread ends unasked. */
  crashed(lane: FakeLane, now: number): void {
    const ran = lane.running && this.entries.get(lane.running.id)
    const culprit = ran?.settled === undefined ? ran : undefined
    const behind = lane.pending.filter(({ id }) => lane.holds(id)).map(({ id }) => this.entries.get(id)!)
    if (culprit) {
      this.expected.set(culprit.id, ['WORKER_CRASHED/unknown'])
      this.#endProbe(culprit, { state: 'closed', until: now + LIMITS.quarantineMs })
    }
    this.#crashes = [...this.#crashes.filter((at) => now - at < LIMITS.withinMs), now]
    if (this.#crashes.length <= LIMITS.maxRestarts) return
    this.#crashes = []
    if (!culprit) return
    this.#gates.set(culprit.service, { state: 'closed', until: now + LIMITS.quarantineMs })
    const sameService = behind.filter((entry) => entry.service === culprit.service && entry.settled === undefined)
    for (const { id } of [...this.waiting(culprit.service), ...sameService])
      this.expected.set(id, ['SERVICE_UNAVAILABLE/not_started'])
  }

  /** Time passes up to `now`: what may time out meanwhile. */
  passed(now: number): void {
    for (const entry of this.unsettled) {
      const { deadlineAt, startedAt, timeoutMs } = entry
      if (deadlineAt > now && (startedAt === undefined || startedAt + timeoutMs > now)) continue
      this.expected.set(entry.id, [`TIMEOUT/${farOf(entry)}`])
    }
  }

  /** What must have timed out by `now`, if the clock that looks now and then has looked. */
  overdue(now: number): Entry[] {
    const late = now - 3 * LIMITS.tickMs
    return this.unsettled.filter(
      ({ deadlineAt, startedAt, timeoutMs }) => deadlineAt <= late || (startedAt ?? Infinity) + timeoutMs <= late,
    )
  }

  settle(id: number, outcome: Outcome, now: number): void {
    const entry = this.entries.get(id)!
    const how = outcome.ok ? 'ok' : `${outcome.error.code}/${outcome.error.outcome}`
    if (entry.settled !== undefined) this.problems.push(`${id} settled twice: ${entry.settled}, ${how}`)
    if (!this.expected.get(id)?.includes(how)) {
      this.problems.push(`${id} settled as ${how}, not as ${this.expected.get(id)?.join(' or ') ?? 'nothing yet'}`)
    }
    if (outcome.ok && outcome.value !== id) this.problems.push(`${id} was given the value of ${String(outcome.value)}`)
    entry.settled = how
    if (how.startsWith('TIMEOUT')) {
      this.#endProbe(entry, entry.startedAt === undefined ? { state: 'closed', until: now } : { state: 'open' })
    }
  }

  #endProbe(entry: Entry, gate: Gate): void {
    if (!entry.isProbe) return
    entry.isProbe = false
    this.#gates.set(entry.service, gate)
  }
}

function farOf({ startedAt }: Entry): string {
  return startedAt === undefined ? 'not_started' : 'unknown'
}
