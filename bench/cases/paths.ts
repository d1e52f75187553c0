import { Simulation } from '../../components/simulation.ts'
import { callPrice } from '../../src/numerics/black-scholes.ts'
import type { BenchCase, BenchSide } from '../bench-case.ts'
import { createLocalScope } from '../local-scope.ts'
import { cpuTimed } from '../measure.ts'
import { hasGcc, hasPython, leftOut, type NativeProgram, openNativePrograms } from '../native-program.ts'

const steps = 252
const component = 'simulation component, one core'
const polar = 'C -O2, polar method'
const ziggurat = 'C -O2, the same ziggurat'

/** Daily paths of geometric Brownian motion on one core: what JavaScript gives away against C. */
export const paths: BenchCase = {
  name: 'paths',
  what: 'one-year daily paths of geometric Brownian motion on one core',
  targets: hasGcc
    ? [
        { what: 'to C with polar normals', variant: 'steps', against: polar, atLeast: 1 },
        { what: 'to C with the same method', variant: 'steps', against: ziggurat, atLeast: 0.8 },
      ]
    : [],
  open: ({ quick, seed }) => {
    const count = quick ? 2_000 : 40_000
    const programs = openNativePrograms()
    const simulation = new Simulation()
    const price = () =>
      simulation.execute({ service_id: 'simulation', data: { paths: count } }, createLocalScope(seed)).price
    const own = price()
    const sides: BenchSide[] = [
      {
        name: component,
        kind: 'troupe',
        sample: () => Promise.resolve(rate(count, cpuTimed(price).seconds * 1e9)),
      },
    ]
    if (hasGcc) {
      sides.push(native(polar, 'limit', programs.c('paths-polar'), count, seed, near(count)))
      // Draw for draw the same: the price differs by rounding alone.
      const same = (found: number) => Math.abs(found / own - 1) < 1e-9
      sides.push(native(ziggurat, 'limit', programs.c('paths-ziggurat'), count, seed, same))
    }
    // Python gets fewer: its rate does not depend on how many, and the others would wait.
    const few = Math.ceil(count / 20)
    if (hasPython)
      sides.push(native('plain loop in Python', 'baseline', programs.python('paths'), few, seed, near(few)))
    const note = leftOut === '' ? {} : { note: leftOut }
    return Promise.resolve({
      variants: [{ name: 'steps', unit: 'steps/s', better: 'more', ...note, sides: () => sides }],
      close: () => Promise.resolve(programs.close()),
    })
  },
}

function native(
  name: string,
  kind: BenchSide['kind'],
  program: NativeProgram,
  count: number,
  seed: number,
  isRight: (price: number) => boolean,
): BenchSide {
  const sample = () => {
    const [nanoseconds = NaN, price = NaN] = program(count, steps, seed)
    if (!isRight(price)) throw new Error(`${name} came to a price of ${price}`)
    return Promise.resolve(rate(count, nanoseconds))
  }
  return { name, kind, sample }
}

function rate(count: number, nanoseconds: number): number {
  return (count * steps * 1e9) / nanoseconds
}

/** Within six standard errors of the closed form; the payoffs' standard deviation is 14.3. */
function near(count: number): (price: number) => boolean {
  const exact = callPrice({ spot: 100, strike: 100, rate: 0.03, volatility: 0.2, years: 1 })
  return (price) => Math.abs(price - exact) < (6 * 14.3) / Math.sqrt(count)
}
