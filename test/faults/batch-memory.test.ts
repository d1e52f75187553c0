import { expect, test } from 'vitest'
import { runProgram } from '../fixtures/node-program.ts'

const MB = 1024 * 1024
const RUNS = 600_000

// Nothing is kept for a run or a block once it has been reduced: of so many runs, one number of each would be 4.8 MB. What
// is allowed is half of that, for code that was compiled late.
const HELD = (RUNS * 8) / 2
// What is resident meanwhile: the window of blocks that wait for an earlier one, 32 MB at most, and as much again for a
// young generation that is full.
const RESIDENT = 64 * MB

test.each([
  [1, ''],
  [1, 'journal'],
  [1_000, ''],
  [1_000, 'journal'],
] as const)(
  'an experiment of %i points keeps nothing of its runs in memory %s',
  { timeout: 120_000 },
  async (points, journal) => {
    // Newer Nodes let each young generation grow to several times this: what is measured is not theirs.
    const flags = ['--expose-gc', '--max-semi-space-size=16']
    const args = [String(points), String(RUNS / points), journal]
    const { code, stdout, stderr } = await runProgram([...flags, 'test/fixtures/experiments/memory.mjs', ...args])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { runs, held, peak, slowPeak } = JSON.parse(stdout) as Record<string, number>
    expect(runs).toBe(RUNS)
    expect(held).toBeLessThan(HELD)
    expect(peak).toBeLessThan(RESIDENT)
    // B17: also while the first block is the slowest of all.
    expect(slowPeak).toBeLessThan(RESIDENT)
  },
)
