import type { ErrorOutcome } from '../../../../src/contract/errors.ts'
import type { Outcome } from '../../../../src/contract/outcome.ts'
import type { Dice } from './dice.ts'
import type { FakeLane, LaneWitness } from './fake-engine.ts'
import { ReferenceCircuit } from './reference-circuit.ts'
import { BACKOFFS, CANCELLED, CRASHED, type End, LIMITS, RULES, SERVICES, TIMED_OUT } from './rules.ts'

/** One context as the reference sees it. */
export class Entry {
  readonly id: number
  readonly service: string
  readonly deadlineAt: number
  readonly timeoutMs: number
  /** Its place in line: behind all that were there before its attempt began. */
  place = -1
  wasSent = false
  /** It was sent and never started, and goes back in line. */
  isTakenBack = false
  /** When the attempt that runs started. */
  startedAt: number | undefined
  made = 0
  crashes = 0
  reached: ErrorOutcome = 'not_started'
  last: string | undefined
  /** Between two attempts: when the next is due, and where the last was cut off and may still run. */
  dueAt: number | undefined
  cutOffOn: FakeLane | undefined
  isProbe = false
  circuitProbe: number | undefined
  /** How it must settle at once; nothing while it need not. */
  expected: string[] = []
  settled: string | undefined

  constructor(id: number, service: string, deadlineAt: number, timeoutMs: number) {
    this.id = id
    this.service = service
    this.deadlineAt = deadlineAt
    this.timeoutMs = timeoutMs
  }

  /** How an error with this code settles it. */
  as(code: string): string {
    return `${code}/${this.reached}${RULES[this.service]!.attempts > 1 ? ` after ${this.made}` : ''}`
  }
}

type Gate =
  { readonly state: 'open' } | { readonly state: 'closed'; readonly until: number } | { readonly state: 'probing' }

const OPEN: Gate = { state: 'open' }
const far: readonly ErrorOutcome[] = ['not_started', 'failed', 'unknown']

/**
 * What supervision promises, said as simply as can be: no chunks, no marks, no queues. It is told what lanes do and when
 * the supervisor looks at its clock, and says how each context settles.
 */
export class Reference implements LaneWitness {
  readonly entries = new Map<number, Entry>()
  readonly unsettled = new Set<Entry>()
  readonly problems: string[] = []
  readonly counts = new Map(
    SERVICES.map((id) => [id, { accepted: 0, ok: 0, failed: 0, timedOut: 0, cancelled: 0, retries: 0 }]),
  )
  readonly circuits = new Map(SERVICES.filter((id) => RULES[id]!.hasBreaker).map((id) => [id, new ReferenceCircuit()]))
  lanes: () => readonly FakeLane[] = () => []
  readonly #dice: Dice
  readonly #seen: Set<string>
  readonly #gates = new Map<string, Gate>()
  readonly #lastSent = new Map<string, number>()
  #crashes: number[] = []
  #places = 0
  #tickedAt = -Infinity

  /** @param seen Is told what came to pass. */
  constructor(dice: Dice, seen: Set<string>) {
    this.#dice = dice
    this.#seen = seen
  }

  /** Those that go on. */
  get live(): Entry[] {
    return [...this.unsettled].filter(({ expected }) => expected.length === 0)
  }

  /** In the mailbox, or between two attempts. */
  waiting(service: string): Entry[] {
    return this.live.filter((entry) => entry.service === service && !this.#isInFlight(entry))
  }

  /** Those of them that could be sent. */
  queued(service: string): Entry[] {
    return this.waiting(service).filter(({ dueAt }) => dueAt === undefined)
  }

  #isInFlight({ id, dueAt, isTakenBack }: Entry): boolean {
    return dueAt === undefined && !isTakenBack && this.lanes().some((lane) => lane.holds(id))
  }

  submit(entry: Entry, now: number): void {
    const isFull = this.waiting(entry.service).length >= LIMITS.mailbox
    const refused = isFull ? 'MAILBOX_FULL' : this.#admit(entry, now)
    this.entries.set(entry.id, entry)
    this.unsettled.add(entry)
    if (refused) entry.expected = [`${refused}/not_started`]
    else this.counts.get(entry.service)!.accepted++
  }

  /** Lets an entry in and to the end of the line, or says why not. */
  #admit(entry: Entry, now: number): string | undefined {
    const gate = this.#gates.get(entry.service) ?? OPEN
    if (gate.state === 'probing' || (gate.state === 'closed' && now < gate.until)) return 'SERVICE_UNAVAILABLE'
    const circuit = this.circuits.get(entry.service)
    const probe = circuit && circuit.enter(now)
    if (circuit && probe === undefined) {
      this.#seen.add('a circuit refuses')
      return 'CIRCUIT_OPEN'
    }
    entry.circuitProbe = probe
    if (gate.state === 'closed') {
      entry.isProbe = true
      this.#gates.set(entry.service, { state: 'probing' })
    }
    entry.place = this.#places++
    entry.wasSent = false
    return undefined
  }

  sent(ids: readonly number[]): void {
    for (const id of ids) {
      const entry = this.entries.get(id)!
      const { service, settled, dueAt, place } = entry
      if (settled !== undefined) this.problems.push(`${id} was sent although it had settled`)
      if (dueAt !== undefined) this.problems.push(`${id} was sent before its next attempt was due`)
      entry.isTakenBack = false
      if (entry.wasSent) continue
      // What was taken back goes first; what never left leaves in the order in which it came.
      if (this.queued(service).some((other) => other.wasSent))
        this.problems.push(`${id} left before what was taken back to ${service}`)
      if (place < (this.#lastSent.get(service) ?? -1)) this.problems.push(`${id} overtook another of ${service}`)
      this.#lastSent.set(service, place)
      entry.wasSent = true
    }
  }

  started(id: number, attemptsBefore: number): void {
    const entry = this.entries.get(id)!
    const { startedAt, settled, dueAt, made, service } = entry
    if (startedAt !== undefined) this.problems.push(`${id} started twice`)
    if (settled !== undefined) this.problems.push(`${id} started although it had settled`)
    if (dueAt !== undefined) this.problems.push(`${id} started before its next attempt was due`)
    if (this.lanes().some((lane) => lane.running?.id === id)) this.problems.push(`Two attempts of ${id} run at once`)
    if (made >= RULES[service]!.attempts) this.problems.push(`${id} started although it had been tried ${made} times`)
    if (attemptsBefore !== made)
      this.problems.push(`${id} started with ${attemptsBefore} attempts behind it, not ${made}`)
    entry.startedAt = performance.now()
  }

  /** The context that runs on a lane ends: well, or with `end`. */
  answered(lane: FakeLane, end: End | undefined): void {
    const entry = this.entries.get(lane.running!.id)!
    if (entry.cutOffOn === lane) this.#released(entry)
    else if (this.#goesOn(entry)) this.#ended(entry, end, OPEN)
  }

  /** A lane is asked to end what runs there: for its limit, where nobody wanted it to end. */
  aborted(lane: FakeLane): void {
    const entry = this.entries.get(lane.running!.id)!
    if (!this.#goesOn(entry)) return
    if (entry.startedAt! + entry.timeoutMs > performance.now()) this.problems.push(`${entry.id} was cut off too early`)
    this.#cutOff(entry, TIMED_OUT)
  }

  cancelled(id: number): void {
    const entry = this.entries.get(id)!
    if (entry.startedAt === undefined) this.#withdrawn(entry, 'CANCELLED')
    else this.#cutOff(entry, CANCELLED)
  }

  /** A lane's thread is gone; unasked unless it was killed. */
  gone(lane: FakeLane): void {
    if (!lane.isKilled) this.#crashed(lane, performance.now())
    for (const entry of this.live) if (entry.cutOffOn === lane) this.#released(entry)
  }

  #crashed(lane: FakeLane, now: number): void {
    const ran = lane.running && this.entries.get(lane.running.id)!
    const culprit = ran && this.#goesOn(ran) ? ran : undefined
    this.#takeBack(lane)
    if (culprit) {
      culprit.crashes++
      this.#ended(culprit, CRASHED, { state: 'closed', until: now + LIMITS.quarantineMs })
    }
    this.#crashes = [...this.#crashes.filter((at) => now - at < LIMITS.withinMs), now]
    if (this.#crashes.length <= LIMITS.maxRestarts) return
    this.#crashes = []
    if (!culprit) return
    this.#gates.set(culprit.service, { state: 'closed', until: now + LIMITS.quarantineMs })
    this.#reject(culprit.service, 'SERVICE_UNAVAILABLE', now)
  }

  /** The supervisor looks at its clock: deadlines first, and then attempts that are due. */
  tick(now: number): void {
    this.#tickedAt = now
    const late = this.live.filter(({ deadlineAt }) => deadlineAt <= now).toSorted((a, b) => a.deadlineAt - b.deadlineAt)
    for (const entry of late) if (entry.startedAt !== undefined) this.#cutOff(entry, TIMED_OUT)
    for (const entry of late) {
      // One that the end of another refuses at this very moment may settle either way.
      if (entry.made === 0 && entry.expected.length > 0) entry.expected.push(entry.as('TIMEOUT'))
      else if (entry.expected.length === 0) this.#withdrawn(entry, 'TIMEOUT')
    }
    const due = this.live.filter(({ dueAt = Infinity }) => dueAt <= now).toSorted((a, b) => a.dueAt! - b.dueAt!)
    for (const entry of due) {
      if (entry.cutOffOn) this.#seen.add('an attempt waits for the one before it to end')
      else this.#begin(entry, now)
    }
  }

  /** What an attempt that was cut off left running has ended. */
  #released(entry: Entry): void {
    entry.cutOffOn = undefined
    if (entry.dueAt! <= this.#tickedAt) this.#begin(entry, performance.now())
  }

  #begin(entry: Entry, now: number): void {
    if (this.#admit(entry, now) === undefined) {
      entry.dueAt = undefined
      this.counts.get(entry.service)!.retries++
    } else {
      this.#seen.add('an attempt that is due is refused')
      entry.expected = [entry.as(entry.last!)]
    }
  }

  #goesOn({ settled, expected, dueAt, startedAt }: Entry): boolean {
    return settled === undefined && expected.length === 0 && dueAt === undefined && startedAt !== undefined
  }

  #takeBack(lane: FakeLane): void {
    for (const { id } of lane.pending) if (lane.holds(id)) this.entries.get(id)!.isTakenBack = true
  }

  /** Ends an attempt while its code runs on. */
  #cutOff(entry: Entry, end: End): void {
    const lane = this.lanes().find(({ running }) => running?.id === entry.id)!
    this.#takeBack(lane)
    this.#ended(entry, end, OPEN)
    entry.cutOffOn = lane
  }

  /** An attempt ends, and the context with it unless there is to be another. */
  #ended(entry: Entry, end: End | undefined, gate: Gate): void {
    const now = performance.now()
    const { service, circuitProbe: probe } = entry
    const circuit = this.circuits.get(service)
    this.#endProbe(entry, gate)
    entry.circuitProbe = undefined
    entry.startedAt = undefined
    entry.made++
    if (circuit?.state === 'half_open' && probe) this.#seen.add(`a probe ends with ${end?.code ?? 'success'}`)
    if (circuit?.ended(probe, end, now)) this.#reject(service, 'CIRCUIT_OPEN', now)
    if (!end) {
      entry.expected = ['ok']
      return
    }
    if (far.indexOf(end.outcome) > far.indexOf(entry.reached)) entry.reached = end.outcome
    const { attempts, isIdempotent, retries } = RULES[service]!
    entry.last = end.code
    if (attempts > 1 && entry.crashes === 2) {
      this.#seen.add('a context is poison')
      entry.expected = [entry.as('POISON')]
      return
    }
    const mayRetry = retries.includes(end.code) && !end.isFinal && (isIdempotent || end.outcome !== 'unknown')
    if (entry.made === attempts || !mayRetry) {
      if (attempts > 1 && mayRetry) this.#seen.add('attempts are used up')
      entry.expected = [entry.as(end.code)]
      return
    }
    const [least, most] = BACKOFFS[entry.made - 1]!
    const at = now + least + this.#dice.next * (most - least)
    const quarantine = this.#gates.get(service) ?? OPEN
    const closedUntil = Math.max(quarantine.state === 'closed' ? quarantine.until : 0, circuit?.closedUntil ?? 0)
    if (at < entry.deadlineAt && at >= closedUntil) entry.dueAt = at
    else {
      this.#seen.add(
        at < entry.deadlineAt ? 'an attempt could only be refused' : 'an attempt would be past the deadline',
      )
      entry.expected = [entry.as(end.code)]
    }
  }

  /** Ends what waits, is in flight and has not started, or is between two attempts. */
  #withdrawn(entry: Entry, code: string): void {
    if (entry.made > 0 && entry.dueAt === undefined) this.#seen.add('one that was tried before ends in line')
    this.#neverRan(entry, performance.now())
    entry.expected = [entry.as(code)]
  }

  /** Refuses all that could be sent; what was tried before ends with what it ended with. */
  #reject(service: string, code: string, now: number): void {
    for (const entry of this.queued(service)) {
      this.#seen.add(`${code} ends one that waits for its ${entry.made === 0 ? 'first' : 'next'} attempt`)
      this.#neverRan(entry, now)
      entry.expected = [entry.as(entry.last ?? code)]
      if (entry.deadlineAt <= now) entry.expected.push(entry.as('TIMEOUT'))
    }
  }

  #neverRan(entry: Entry, now: number): void {
    this.#endProbe(entry, { state: 'closed', until: now })
    this.circuits.get(entry.service)?.lost(entry.circuitProbe, now)
    entry.circuitProbe = undefined
  }

  #endProbe(entry: Entry, gate: Gate): void {
    if (!entry.isProbe) return
    entry.isProbe = false
    this.#gates.set(entry.service, gate)
  }

  /** What should have ended or gone on by `now`, if the clock that looks now and then has looked. */
  overdue(now: number): Entry[] {
    const late = now - 3 * LIMITS.tickMs
    return this.live.filter(
      ({ deadlineAt, startedAt = Infinity, timeoutMs, dueAt = Infinity, cutOffOn }) =>
        deadlineAt <= late || startedAt + timeoutMs <= late || (dueAt <= late && !cutOffOn),
    )
  }

  settle(id: number, outcome: Outcome): void {
    const entry = this.entries.get(id)!
    const { settled, expected } = entry
    const how = outcome.ok ? 'ok' : said(outcome)
    if (settled !== undefined) this.problems.push(`${id} settled twice: ${settled}, ${how}`)
    if (!expected.includes(how)) {
      this.problems.push(`${id} settled as ${how}, not as ${expected.join(' or ') || 'nothing yet'}`)
    }
    if (outcome.ok && outcome.value !== id) this.problems.push(`${id} was given the value of ${String(outcome.value)}`)
    entry.settled = how
    this.unsettled.delete(entry)
    const counts = this.counts.get(entry.service)!
    if (outcome.ok) counts.ok++
    else if (entry.place < 0) return
    else if (outcome.error.code === 'TIMEOUT') counts.timedOut++
    else if (outcome.error.code === 'CANCELLED') counts.cancelled++
    else counts.failed++
  }
}

function said({ error }: Extract<Outcome, { ok: false }>): string {
  const { attempts } = (error.details ?? {}) as { attempts?: number }
  return `${error.code}/${error.outcome}${attempts === undefined ? '' : ` after ${attempts}`}`
}
