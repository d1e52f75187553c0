import type { Component, Context, Scope } from '../src/component.ts'
import { EventList } from './queue/event-list.ts'
import { type QueueInput, queueInput } from './queue/input.ts'
import { WaitingLine } from './queue/waiting-line.ts'

/** What `Queue` returns; times are in the unit of its input. */
export type QueueResult = {
  readonly customers: number
  /** Mean time from a customer's arrival to the start of the service. */
  readonly mean_wait: number
  /** Of the mean wait, by 32 batch means; null below 64 customers. */
  readonly mean_wait_se: number | null
  /** Mean time from the arrival to the end of the service. */
  readonly mean_time_in_system: number
  /** The share of customers who had to wait at all. */
  readonly probability_of_wait: number
  /** Mean share of servers that are busy, over time. */
  readonly utilisation: number
  /** Mean number of customers who wait, over time. */
  readonly mean_queue_length: number
  /** Arrivals and ends of service that were simulated, warm-up included. */
  readonly events: number
}

const arrival = 0
const departure = 1
const batches = 32
/** Cancellation is looked at, and progress reported, once in so many events: some milliseconds. */
const eventsPerBlock = 65_536

/**
 * A queue with one line and several servers, first come, first served, event by event: customers come as a Poisson
 * process; service times are independent. M/M/c agrees with Erlang C, and M/G/1 with Pollaczek and Khinchine. The event
 * list is a binary heap: Law, "Simulation Modeling and Analysis" (5th ed., 2015), sections 1.4 and 2.8; the standard error
 * is that of section 9.5.3, batch means.
 */
export class Queue implements Component {
  readonly #config: QueueInput
  readonly #list = new EventList()
  readonly #line = new WaitingLine()

  constructor(config: QueueInput = {}) {
    queueInput({ config })
    this.#config = config
  }

  execute(context: Context, scope: Scope): QueueResult {
    const input = queueInput({ data: context.data ?? {}, config: this.#config })
    const { arrival_rate: rate, servers, customers, warm_up: warmUp } = input
    const load = (rate * input.service_time) / servers
    if (load >= 1) throw new RangeError(`The queue would grow for ever: its load is ${load}, and must be below 1`)
    const serviceTime = serviceSampler(input, scope)
    const [list, line] = [this.#list, this.#line]
    list.clear()
    line.clear()

    let busy = 0
    let started = 0
    let events = 0
    let waits = 0
    let services = 0
    let waited = 0
    let busyTime = 0
    let queueTime = 0
    let startTime = 0
    const batchSums = new Float64Array(batches)
    const all = warmUp + customers

    let now = 0
    list.schedule(exponential(scope) / rate, arrival)
    while (started < all) {
      if (events++ % eventsPerBlock === 0) {
        scope.throwIfCancelled()
        scope.progress(started / all)
      }
      const before = now
      now = list.nextTime
      if (started < warmUp) startTime = now
      else {
        busyTime += busy * (now - before)
        queueTime += line.size * (now - before)
      }
      /** When the customer came whose service begins now. */
      let came: number
      if (list.take() === arrival) {
        list.schedule(now + exponential(scope) / rate, arrival)
        if (busy === servers) {
          line.join(now)
          continue
        }
        came = now
      } else {
        busy--
        if (line.size === 0) continue
        came = line.leave()
      }
      const time = serviceTime()
      busy++
      list.schedule(now + time, departure)
      const counted = started++ - warmUp
      if (counted < 0) continue
      const wait = now - came
      waits += wait
      services += time
      if (wait > 0) waited++
      batchSums[Math.floor((counted * batches) / customers)]! += wait
    }
    scope.progress(1)
    const duration = now - startTime
    return {
      customers,
      mean_wait: waits / customers,
      mean_wait_se: batchError(batchSums, customers),
      mean_time_in_system: (waits + services) / customers,
      probability_of_wait: waited / customers,
      utilisation: busyTime / duration / servers,
      mean_queue_length: queueTime / duration,
      events,
    }
  }
}

function exponential(scope: Scope): number {
  // 1 - uniform lies in (0, 1], so that no logarithm is infinite.
  return -Math.log(1 - scope.random())
}

function serviceSampler(input: Required<QueueInput>, scope: Scope): () => number {
  const mean = input.service_time
  switch (input.service_distribution) {
    case 'exponential':
      return () => mean * exponential(scope)
    case 'deterministic':
      return () => mean
    case 'erlang': {
      const phases = input.service_phases
      return () => {
        let sum = 0
        for (let phase = 0; phase < phases; phase++) sum += exponential(scope)
        return (mean * sum) / phases
      }
    }
    case 'lognormal': {
      const variance = Math.log1p(input.service_cv * input.service_cv)
      const spread = Math.sqrt(variance)
      const shock = new Float64Array(1)
      return () => mean * Math.exp(spread * scope.normals(shock)[0]! - variance / 2)
    }
  }
}

/** Sums of nearly equal batches, from which the standard error of the mean of all follows. */
function batchError(sums: Float64Array, customers: number): number | null {
  if (customers < 2 * batches) return null
  const mean = sums.reduce((total, sum) => total + sum, 0) / batches
  const squares = sums.reduce((total, sum) => total + (sum - mean) * (sum - mean), 0)
  return (Math.sqrt(squares / (batches - 1) / batches) * batches) / customers
}
