import { pino } from 'pino'
import type { Context } from '../../src/component.ts'
import { type Log, Supervisor } from '../../src/index.ts'
import type { BenchCase, BenchSide } from '../bench-case.ts'
import { checkOutcomes } from '../drive.ts'
import { componentRoot } from '../peers/troupe.ts'
import type { Workload } from '../shapes/compile-shape.ts'
import { expectSpins, iterationsPerMillisecond, spinContext, spinning } from '../spin.ts'
import { workloadOf } from '../workloads.ts'

const none = 'no middleware'
const quiet = 'logging off, validation, metrics'
const loud = 'logging on, validation, metrics'

/** What the stock middleware costs, all of it on both sides of the thread. */
export const middleware: BenchCase = {
  name: 'middleware',
  what: 'executeMany with logging, validation and metrics on both sides, against none; records go to /dev/null',
  targets: [
    {
      what: 'logging off: over none, tiny contexts',
      variant: 'tiny',
      sides: [quiet],
      against: none,
      by: 'difference',
      atMost: 2,
    },
    { what: 'logging off: to none, 1 ms contexts', variant: '1 ms', sides: [quiet], against: none, atMost: 1.01 },
    { what: 'logging on: over none, tiny contexts', variant: 'tiny', sides: [loud], against: none, by: 'difference' },
  ],
  async open({ quick, workers }) {
    const supervisors = [
      { name: none, supervisor: await start(workers, []) },
      // Levels below the log's are off; errors would still be logged.
      { name: quiet, supervisor: await start(workers, stock('debug')) },
      { name: loud, supervisor: await start(workers, stock('info')) },
    ]
    const plain = workloadOf('plain')
    const iterations = iterationsPerMillisecond()
    expectSpins(iterations)
    const tiny = Array.from({ length: quick ? 5_000 : 100_000 }, (_, index) => plain.contextAt(index))
    const long = Array.from({ length: quick ? 20 : 300 }, (_, index) => spinContext(index, iterations))
    const sides = (workload: Workload, contexts: readonly Context[]): readonly BenchSide[] =>
      supervisors.map(({ name, supervisor }) => ({
        name,
        kind: name === none ? 'baseline' : 'troupe',
        sample: async () => {
          const started = performance.now()
          checkOutcomes(workload, contexts, await supervisor.executeMany(contexts))
          return ((performance.now() - started) * 1000) / contexts.length
        },
      }))
    return {
      variants: [
        { name: 'tiny', unit: 'µs a context', better: 'less', warmUps: 2, sides: () => sides(plain, tiny) },
        {
          name: '1 ms',
          unit: 'µs a context',
          better: 'less',
          rounds: (asked) => asked + Math.floor(asked / 2),
          sides: () => sides(spinning, long),
        },
      ],
      close: async () => void (await Promise.all(supervisors.map(({ supervisor }) => supervisor.close()))),
    }
  },
}

function stock(level: 'debug' | 'info'): readonly object[] {
  return [
    { use: 'logging', config: { level } },
    { use: 'metrics' },
    { use: 'logging', name: 'worker-logging', side: 'worker', config: { level } },
    { use: 'metrics', name: 'worker-metrics', side: 'worker' },
    { use: 'validation' },
  ]
}

function start(workers: number, chain: readonly object[]): Promise<Supervisor> {
  const logger = pino({ level: 'info' }, pino.destination({ dest: '/dev/null', sync: false })) as unknown as Log
  return Supervisor.start(
    {
      middleware: chain,
      services: {
        plain: { module: './checked.js', class: 'CheckedPlain' },
        spin: { module: './checked.js', class: 'CheckedSpin' },
      },
    },
    { workers, root: componentRoot, logger, logLevel: 'info' },
  )
}
