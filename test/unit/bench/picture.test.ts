import { expect, test } from 'vitest'
import type { CaseResult } from '../../../bench/bench-case.ts'
import { summarise } from '../../../bench/measure.ts'
import { drawPicture, scaleOf } from '../../../bench/picture.ts'

const result: CaseResult = {
  name: 'dispatch',
  what: 'tiny <contexts> & "more"',
  verdicts: [],
  seconds: 1,
  variants: [
    {
      name: 'plain',
      unit: 'contexts/s',
      better: 'more',
      sides: [
        summarise({ name: 'Troupe', kind: 'troupe' }, [1_000_000, 1_200_000]),
        summarise({ name: 'peer', kind: 'peer' }, [10_000]),
      ],
    },
  ],
}

test('scaleOf is linear from nothing where figures are close', () => {
  const scale = scaleOf([
    { median: 100, min: 90, max: 110 },
    { median: 50, min: 40, max: 60 },
  ])
  expect(scale.logarithmic).toBe(false)
  expect(scale.share(110)).toBe(1)
  expect(scale.share(55)).toBe(0.5)
})

test('scaleOf is logarithmic where they are far apart, and no bar vanishes', () => {
  const scale = scaleOf([
    { median: 1000, min: 1000, max: 1000 },
    { median: 10, min: 10, max: 10 },
  ])
  expect(scale.logarithmic).toBe(true)
  expect(scale.share(1000)).toBe(1)
  expect(scale.share(100)).toBeCloseTo(2 / 3)
  expect(scale.share(10)).toBeCloseTo(1 / 3)
})

test('drawPicture draws a bar for each side, and escapes texts', () => {
  const svg = drawPicture([result], 'Node & friends')
  expect(svg.match(/<rect/g)).toHaveLength(2)
  expect(svg).toContain('tiny &lt;contexts&gt; &amp; &quot;more&quot;')
  expect(svg).toContain('1,100,000')
  expect(svg).not.toMatch(/NaN|Infinity|undefined/)
})
