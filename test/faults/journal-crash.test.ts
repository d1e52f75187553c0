import { spawn } from 'node:child_process'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openJournal } from '../../src/experiment/journal/journal-reader.ts'
import { entriesOf } from '../fixtures/journal/journals.ts'
import { numbered } from '../fixtures/journal/numbered.mjs'
import { fixture, temporaryFolder } from '../fixtures/supervised.ts'

/** What became of a process that appends or writes. */
interface Ending {
  readonly signal: NodeJS.Signals | null
  /** The blocks that it said are safe. */
  readonly safe: readonly number[]
  readonly isDone: boolean
  readonly failure: { readonly code: string; readonly message: string } | undefined
  readonly stderr: string
}

/** When a process is killed: so long after its journal is open, or after it said that its first block is safe. */
interface Kill {
  readonly after: 'open' | 'safe'
  readonly ms: number
}

/** Runs a fixture. */
function run(program: string, args: readonly string[], fault?: string, kill?: Kill): Promise<Ending> {
  const env = { ...process.env, ...(fault !== undefined && { TROUPE_FAULT: fault }) }
  const child = spawn(process.execPath, [fixture(`journal/${program}.mjs`), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  let stderr = ''
  let isDoomed = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (!kill || isDoomed || !(kill.after === 'open' ? /^open$/m : /^\d+$/m).test(output)) return
    isDoomed = true
    setTimeout(() => child.kill('SIGKILL'), kill.ms)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (_, signal) => {
      const lines = output.split('\n')
      const failed = lines.find((line) => line.startsWith('failed '))?.slice('failed '.length)
      resolve({
        signal,
        safe: lines.filter((line) => /^\d+$/.test(line)).map(Number),
        isDone: lines.includes('done'),
        failure: failed === undefined ? undefined : JSON.parse(failed),
        stderr,
      })
    })
  })
}

/** How many blocks the journal of a folder has, which are the first ones, each as it was appended. */
async function wholeBlocks(folder: string, largest = 0): Promise<number> {
  const journal = await openJournal(folder)
  const entries = journal ? await entriesOf(journal) : []
  const isWrong = (entry: unknown, index: number) => !isDeepStrictEqual(entry, numbered(index, largest))
  expect(entries.findIndex(isWrong), 'the first block that is not as it was appended').toBe(-1)
  return entries.length
}

/** Numbers in [0, 1) that are the same each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('B01 a process that is killed at fifty random moments loses no block that was safe, and goes on each time', async () => {
  const folder = await temporaryFolder()
  const random = seeded(11)
  const largest = 400_000
  const acknowledged = new Set<number>()
  let had = 0
  for (let kills = 0; kills < 50; kills++) {
    // However long a disk takes to make blocks safe, every second process gets as far as one.
    const kill: Kill = { after: kills % 2 === 0 ? 'open' : 'safe', ms: random() * 300 }
    const { signal, safe } = await run('appender', [folder, '100000', String(largest)], undefined, kill)
    expect(signal).toBe('SIGKILL')
    for (const index of safe) {
      expect(acknowledged.has(index), `block ${index} was safe before`).toBe(false)
      expect(index).toBeGreaterThanOrEqual(had)
      acknowledged.add(index)
    }
    const has = await wholeBlocks(folder, largest)
    expect(has).toBeGreaterThan(Math.max(-1, ...acknowledged))
    expect(has).toBeGreaterThanOrEqual(had)
    had = has
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(25)
  const count = had + 3
  expect(await run('appender', [folder, String(count), String(largest)])).toMatchObject({ isDone: true })
  expect(await wholeBlocks(folder, largest)).toBe(count)
  // Of all those processes, no lock is left.
  expect(await readdir(folder)).toEqual(['journal'])
}, 300_000)

const actions = ['crash', 'EIO'] as const

describe('B02 wherever the disk fails, a journal has all that was safe and goes on:', () => {
  test.each(
    ['journal:write', 'journal:sync', 'journal:rename', 'journal:folder-sync'].flatMap((point) =>
      actions.map((action) => [point, action] as const),
    ),
  )('%s %s', { timeout: 60_000 }, async (point, action) => {
    const count = 5
    for (let n = 1; ; n++) {
      const folder = await temporaryFolder()
      const ending = await run('appender', [folder, String(count)], `${point}:${n}:${action}`)
      const has = await wholeBlocks(folder)
      expect(has).toBeGreaterThan(Math.max(-1, ...ending.safe))
      if (ending.isDone) {
        expect(has).toBe(count)
        // The header is written, and then blocks; each is synced. Names are given once.
        expect(n).toBeGreaterThan(/write|sync$/.test(point) && !point.endsWith('folder-sync') ? 3 : 1)
        return
      }
      if (action === 'crash') expect(ending.signal).toBe('SIGKILL')
      else {
        expect(ending.failure).toMatchObject({ code: 'WRITE_FAILED', message: expect.stringContaining(action) })
        // What is not known to be safe is not there either.
        expect(has).toBe(ending.safe.length)
      }
      // Of the first write, which is that of the header, nothing has a name yet.
      const isTorn = point === 'journal:write' && action === 'crash' && n > 1
      const next = await run('appender', [folder, String(count)])
      expect(next).toMatchObject({ isDone: true, failure: undefined })
      expect(next.stderr).toMatch(isTorn ? /^Journal .* \d+ bytes from byte \d+ on are dropped\n$/ : /^$/)
      expect(await wholeBlocks(folder)).toBe(count)
      expect(await readdir(folder)).toEqual(['journal'])
    }
  })
})

describe('B02, B12 wherever the disk fails, an output is the old or the new one, whole:', () => {
  test.each(
    ['output:write', 'output:sync', 'output:rename', 'output:folder-sync'].flatMap((point) =>
      actions.map((action) => [point, action] as const),
    ),
  )('%s %s', { timeout: 60_000 }, async (point, action) => {
    const names = ['runs.csv', 'summary.json']
    const full = (text: string) => text.repeat(3 * 70_000)
    for (let n = 1; ; n++) {
      const folder = await temporaryFolder()
      for (const name of names) await writeFile(join(folder, name), full('o'))
      const ending = await run('output-writer', [folder, 'n'], `${point}:${n}:${action}`)
      const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
      if (ending.isDone) {
        expect(texts).toEqual([full('n'), full('n')])
        expect(n).toBe(point === 'output:write' ? 7 : 3)
        return
      }
      for (const text of texts) expect([full('o'), full('n')].includes(text)).toBe(true)
      if (action === 'crash') expect(ending.signal).toBe('SIGKILL')
      else {
        expect(ending.failure).toMatchObject({ code: 'WRITE_FAILED', message: expect.stringContaining(action) })
        expect((await readdir(folder)).toSorted()).toEqual(names)
      }
      expect(await run('output-writer', [folder, 'n'])).toMatchObject({ isDone: true })
      expect((await readdir(folder)).toSorted()).toEqual(names)
    }
  })
})
