import { Queue } from '../../components/queue.ts'
import { MinHeap } from '../../src/kernel/min-heap.ts'
import { Fifo } from '../../src/kernel/fifo.ts'
import { streamOfSeed } from '../../src/numerics/random-stream.ts'
import type { BenchCase, BenchSide } from '../bench-case.ts'
import { createLocalScope } from '../local-scope.ts'
import { cpuTimed } from '../measure.ts'
import { hasGcc, hasPython, leftOut, type NativeProgram, openNativePrograms } from '../native-program.ts'

const servers = 4
const rate = 3.2
const component = 'queue component, one core'
const plain = 'plain loop, events as objects'
const inC = 'C -O2, the same heap'

/** What a simulation of the queue came to. */
interface Outcome {
  readonly events: number
  readonly wait: number
}

/** An M/M/4 queue, event by event. */
export const events: BenchCase = {
  name: 'events',
  what: 'events of an M/M/4 queue at a load of 0.8 on one core',
  targets: [
    { what: 'to a plain loop', variant: 'events', against: plain, atLeast: 1 },
    ...(hasGcc ? [{ what: 'to C', variant: 'events', against: inC }] : []),
  ],
  open: ({ quick, seed }) => {
    const customers = quick ? 10_000 : 500_000
    const programs = openNativePrograms()
    const queue = new Queue()
    const run = (): Outcome => {
      const data = { customers, servers, arrival_rate: rate, warm_up: 0 }
      const { events, mean_wait: wait } = queue.execute({ service_id: 'queue', data }, createLocalScope(seed))
      return { events, wait }
    }
    const own = run()
    // All but Python draw the same numbers; logarithms of C differ in their last bit.
    const same = ({ events, wait }: Outcome) => events === own.events && Math.abs(wait / own.wait - 1) < 1e-6
    const sides: BenchSide[] = [
      here(component, 'troupe', run, same),
      here(plain, 'baseline', () => plainLoop(customers, seed), same),
    ]
    if (hasGcc) sides.push(native(inC, 'limit', programs.c('queue'), customers, seed, same))
    if (hasPython) {
      const few = Math.ceil(customers / 10)
      // Waits of neighbours hang together: an error of a fifth is some six standard errors.
      const near = ({ wait }: Outcome) => quick || Math.abs(wait / own.wait - 1) < 0.2
      sides.push(native('plain loop in Python', 'baseline', programs.python('queue'), few, seed, near))
    }
    const note = leftOut === '' ? {} : { note: leftOut }
    return Promise.resolve({
      variants: [{ name: 'events', unit: 'events/s', better: 'more', ...note, sides: () => sides }],
      close: () => Promise.resolve(programs.close()),
    })
  },
}

function here(
  name: string,
  kind: BenchSide['kind'],
  run: () => Outcome,
  isRight: (outcome: Outcome) => boolean,
): BenchSide {
  const sample = () => {
    const { value: outcome, seconds } = cpuTimed(run)
    if (!isRight(outcome)) throw new Error(`${name} came to ${JSON.stringify(outcome)}`)
    return Promise.resolve(outcome.events / seconds)
  }
  return { name, kind, sample }
}

function native(
  name: string,
  kind: BenchSide['kind'],
  program: NativeProgram,
  customers: number,
  seed: number,
  isRight: (outcome: Outcome) => boolean,
): BenchSide {
  const sample = () => {
    const [nanoseconds = NaN, events = NaN, wait = NaN] = program(customers, servers, rate, seed)
    if (!isRight({ events, wait })) throw new Error(`${name} came to a mean wait of ${wait} after ${events} events`)
    return Promise.resolve((events * 1e9) / nanoseconds)
  }
  return { name, kind, sample }
}

/** The queue as one would write it down: a heap of event objects, and a line. */
function plainLoop(customers: number, seed: number): Outcome {
  const stream = streamOfSeed(seed)
  const exponential = () => -Math.log(1 - stream.random())
  const heap = new MinHeap<{ readonly time: number; readonly isArrival: boolean }>(({ time }) => time)
  const line = new Fifo<number>()
  let [busy, started, events, waits] = [0, 0, 0, 0]
  heap.push({ time: exponential() / rate, isArrival: true })
  while (started < customers) {
    events++
    const { time, isArrival } = heap.pop()!
    let came = time
    if (isArrival) {
      heap.push({ time: time + exponential() / rate, isArrival: true })
      if (busy === servers) {
        line.push(time)
        continue
      }
    } else {
      busy--
      const first = line.shift()
      if (first === undefined) continue
      came = first
    }
    busy++
    heap.push({ time: time + exponential(), isArrival: false })
    started++
    waits += time - came
  }
  return { events, wait: waits / customers }
}
