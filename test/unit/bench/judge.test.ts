import { expect, test } from 'vitest'
import { bestPeer, bestSide, type SideKind, type VariantResult } from '../../../bench/bench-case.ts'
import { judge } from '../../../bench/judge.ts'
import { summarise } from '../../../bench/measure.ts'

function variant(name: string, better: 'more' | 'less', sides: readonly [string, SideKind, number][]): VariantResult {
  return {
    name,
    unit: 'contexts/s',
    better,
    sides: sides.map(([side, kind, median]) => summarise({ name: side, kind }, [median])),
  }
}

const plain = variant('plain', 'more', [
  ['Troupe', 'troupe', 1200],
  ['slow', 'peer', 20],
  ['fast', 'peer', 40],
  ['bare', 'limit', 4000],
])
const drawn = variant('shape-1', 'more', [
  ['Troupe', 'troupe', 500],
  ['slow', 'peer', 50],
  ['fast', 'peer', 25],
])

test('summarise takes the median and the extremes', () => {
  expect(summarise({ name: 'a', kind: 'peer' }, [5, 1, 9, 2])).toEqual({
    name: 'a',
    kind: 'peer',
    median: 3.5,
    min: 1,
    max: 9,
    samples: [5, 1, 9, 2],
  })
})

test('judge divides by the best peer, whichever it is', () => {
  const verdict = judge({ what: 'x', variant: 'plain', against: bestPeer, atLeast: 30, aim: 60 }, [plain, drawn])
  expect(verdict).toMatchObject({ figure: 30, unit: '×', reached: true, wanted: '≥ 30', aim: 60 })
  expect(verdict.from).toBe('plain, against fast')
})

test('judge takes the worst variant, each against its own best peer', () => {
  const verdict = judge({ what: 'x', variant: 'worst', against: bestPeer, atLeast: 10.5 }, [plain, drawn])
  expect(verdict).toMatchObject({ figure: 10, reached: false, from: 'shape-1, against slow' })
})

test('judge takes the least of the peers where less is better, and the largest ratio as the worst', () => {
  const trips = variant('trip', 'less', [
    ['Troupe', 'troupe', 30],
    ['slow', 'peer', 200],
    ['fast', 'peer', 100],
  ])
  expect(judge({ what: 'x', variant: 'trip', against: bestPeer, atMost: 0.5 }, [trips])).toMatchObject({
    figure: 0.3,
    reached: true,
    from: 'trip, against fast',
  })
  expect(judge({ what: 'x', variant: 'trip', against: 'slow', atMost: 0.1 }, [trips])).toMatchObject({
    figure: 0.15,
    reached: false,
  })
})

test('judge subtracts, takes bare figures, and judges nothing without a bound', () => {
  const by = judge({ what: 'x', variant: 'plain', against: 'bare', by: 'difference', atMost: 0 }, [plain])
  expect(by).toMatchObject({ figure: -2800, unit: 'contexts/s', reached: true })
  expect(judge({ what: 'x', variant: 'plain', atMost: 1000 }, [plain])).toMatchObject({ figure: 1200, reached: false })
  const shown = judge({ what: 'x', variant: 'plain', against: 'bare' }, [plain])
  expect(shown.figure).toBe(0.3)
  expect(shown.reached).toBeUndefined()
})

test('judge takes the worst of several sides', () => {
  const sizes = variant('sizes', 'more', [
    ['small', 'troupe', 10],
    ['medium', 'troupe', 100],
    ['large', 'troupe', 80],
  ])
  const target = { what: 'x', variant: 'sizes', sides: ['medium', 'large'], against: bestSide, atLeast: 0.75 }
  expect(judge(target, [sizes])).toMatchObject({ figure: 0.8, reached: true, from: 'sizes, large, against medium' })
})

test('judge never counts a figure that is not a number as reached', () => {
  const broken = variant('plain', 'more', [['Troupe', 'troupe', NaN]])
  expect(judge({ what: 'x', variant: 'plain', atLeast: 0 }, [broken]).reached).toBe(false)
})

test('judge refuses a target whose variant or sides were not measured', () => {
  expect(() => judge({ what: 'x', variant: 'nowhere' }, [plain])).toThrow('No variant nowhere')
  expect(() => judge({ what: 'x', variant: 'plain', sides: ['gone'] }, [plain])).toThrow('gone')
  expect(() => judge({ what: 'x', variant: 'plain', against: 'gone' }, [plain])).toThrow('No side gone')
})
