import { expect, test } from 'vitest'
import { runProgram } from '../fixtures/node-program.ts'
import { fixture } from '../fixtures/supervised.ts'

const MiB = 1024 * 1024

interface Report {
  readonly misplaced: number
  readonly count: number
  readonly accepted: number
  readonly ok: number
  readonly work: object
  readonly memory: readonly { readonly heapUsed: number; readonly external: number; readonly rss: number }[]
}

test('a program runs 100,000 contexts in order with flat memory and exits by itself after close()', async () => {
  const { code, signal, stdout, stderr } = await runProgram(['--expose-gc', fixture('batch/many-contexts.mjs')])
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  const { memory, work, ...report } = JSON.parse(stdout) as Report
  expect(report).toEqual({ misplaced: 0, count: 100_000, accepted: 200_000, ok: 200_000 })
  expect(work).toMatchObject({ waiting: 0, running: 0 })
  const first = memory[0]!
  const least = Math.min(first.heapUsed, memory[1]!.heapUsed)
  // A reading may find the batch that has just ended, to which a heap snapshot shows no path: of three, the least.
  const most = Math.min(...memory.slice(-3).map(({ heapUsed }) => heapUsed))
  const last = memory.at(-1)!
  // What 60,000 more contexts and more left behind. The smallest object takes 16 bytes, so one leaked per context would take
  // 0.96 MB at least; 0.8 MiB leaves room for code that V8 compiles late, and for none of that.
  expect(most - least).toBeLessThan(0.8 * MiB)
  expect(last.external - first.external).toBeLessThan(1 * MiB)
  // Allocators, and the heaps of two workers, keep free pages: a bound for all that, and below what 90,000 kept
  // contexts with their results would take (600 bytes each).
  expect(last.rss - first.rss).toBeLessThan(48 * MiB)
}, 60_000)

test('a program that forgets close() exits by itself when it has nothing left to do', async () => {
  const { code, signal, stdout, stderr } = await runProgram([fixture('batch/forgets-close.mjs')])
  expect({ code, signal, stdout, stderr }).toEqual({ code: 0, signal: null, stdout: '100\n', stderr: '' })
})
