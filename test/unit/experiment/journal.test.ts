import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { appendFile, open, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TroupeError } from '../../../src/contract/errors.ts'
import type { ExperimentPlan } from '../../../src/contract/experiment-plan.ts'
import type { JournalEntry } from '../../../src/experiment/journal/journal-entry.ts'
import { openJournal } from '../../../src/experiment/journal/journal-reader.ts'
import { JournalWriter } from '../../../src/experiment/journal/journal-writer.ts'
import { failureOf, temporaryFolder } from '../../fixtures/supervised.ts'
import { block, entriesOf, header, writeJournal } from '../../fixtures/journal/journals.ts'

const magicLength = 17

describe('a journal', () => {
  test('is not there before it is created', async () => {
    expect(await openJournal(await temporaryFolder())).toBeUndefined()
    expect(await openJournal(join(await temporaryFolder(), 'none'))).toBeUndefined()
  })

  test('gives back its header and entries to the last bit, as often as it is asked', async () => {
    const folder = await temporaryFolder()
    const numbers = [-0, NaN, Infinity, 5e-324, 0.1]
    const entries: JournalEntry[] = [
      { ...block(0), elapsedMs: -0 },
      {
        type: 'block',
        elapsedMs: 2.5,
        block: {
          index: 1,
          runs: 5,
          metrics: [{ moments: numbers, sketch: { zeros: 1, positive: [1, 2], negative: [] } }],
          failures: [{ run: 3, code: 'METRIC_INVALID', message: 'x is NaN \u{1F4A5} \ud800' }],
          rows: [Float64Array.from(numbers)],
        },
      },
      { type: 'end', stopped: { reason: 'complete', block: 2, elapsed_ms: 9 } },
    ]
    const prepared = { closes: Float64Array.of(-0, NaN), at: new Date(0), by: new Map([['a', 1n]]) }
    await writeJournal(folder, entries, { ...header, prepared })
    const journal = (await openJournal(folder))!
    expect(journal.header).toStrictEqual({ ...header, prepared })
    expect(journal.warnings).toEqual([])
    expect(journal.end).toBe((await readFile(join(folder, 'journal'))).length)
    for (const _ of [1, 2]) expect(await entriesOf(journal)).toStrictEqual(entries)
  })

  test('has its header as soon as it is there', async () => {
    const folder = await temporaryFolder()
    await (await JournalWriter.create(folder, header)).close()
    expect(await entriesOf((await openJournal(folder))!)).toEqual([])
  })

  test('goes on where it ended, and shows what was written since it was opened', async () => {
    const folder = await temporaryFolder()
    await writeJournal(folder, [block(0)])
    const journal = (await openJournal(folder))!
    const writer = await JournalWriter.resume(folder, journal.end)
    await writer.append(block(1))
    expect(await entriesOf(journal)).toEqual([block(0), block(1)])
    await writer.close()
    expect(await entriesOf((await openJournal(folder))!)).toEqual([block(0), block(1)])
  })

  test('keeps an entry as it was when it was appended', async () => {
    const folder = await temporaryFolder()
    const writer = await JournalWriter.create(folder, header)
    const rows = Float64Array.of(1)
    const appended = writer.append({ type: 'block', elapsedMs: 1, block: { ...block(0).block, rows: [rows] } })
    rows[0] = 2
    await appended
    await writer.close()
    expect(await entriesOf((await openJournal(folder))!)).toMatchObject([{ block: { rows: [Float64Array.of(1)] } }])
  })

  test('reads entries that are longer than what it reads at once, and as many short ones as there are', async () => {
    const folder = await temporaryFolder()
    const entries = Array.from({ length: 3_000 }, (_, index) =>
      block(index, index % 1_000 === 500 ? 100_000 : index % 100),
    )
    await writeJournal(folder, entries)
    expect(await entriesOf((await openJournal(folder))!)).toStrictEqual(entries)
  })

  test.skipIf(!existsSync('/proc/self/fd'))('lets go of its file when entries are read in part', async () => {
    const folder = await temporaryFolder()
    await writeJournal(folder, [block(0), block(1)])
    const journal = (await openJournal(folder))!
    const isOpen = () => readdirSync('/proc/self/fd').some((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith(folder))
    for await (const entry of journal.entries()) {
      expect([entry, isOpen()]).toEqual([block(0), true])
      break
    }
    expect(isOpen()).toBe(false)
  })
})

describe('a journal that was cut off', () => {
  test('at any byte, has the entries that are whole, a warning, and goes on behind them', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'journal')
    const entries = [block(0, 3), block(1), { type: 'end', stopped: { reason: 'budget', block: 1, elapsed_ms: 5 } }]
    const ends = await writeJournal(folder, entries as JournalEntry[])
    const bytes = await readFile(path)
    for (let length = 0; length < bytes.length; length++) {
      await writeFile(path, bytes.subarray(0, length))
      const whole = ends.findLastIndex((end) => end <= length)
      if (whole < 0) {
        // It was never given its name so early.
        expect(await failureOf(openJournal(folder))).toMatchObject({ code: 'JOURNAL_CORRUPT' })
        continue
      }
      const journal = (await openJournal(folder))!
      const end = ends[whole]!
      expect([journal.end, await entriesOf(journal)]).toEqual([end, entries.slice(0, whole)])
      const dropped = `${length - end} bytes from byte ${end} on are dropped`
      expect(journal.warnings).toEqual(length > end ? [expect.stringContaining(dropped)] : [])
      const writer = await JournalWriter.resume(folder, journal.end)
      void writer.append(block(7))
      await writer.close()
      expect(await entriesOf((await openJournal(folder))!)).toEqual([...entries.slice(0, whole), block(7)])
    }
  })

  test('and made longer with zeros, as a power cut can leave it, has the entries that are whole', async () => {
    const folder = await temporaryFolder()
    await writeJournal(folder, [block(0)])
    await appendFile(join(folder, 'journal'), new Uint8Array(1_000_000))
    const journal = (await openJournal(folder))!
    expect(await entriesOf(journal)).toEqual([block(0)])
    expect(journal.warnings).toEqual([expect.stringContaining('1000000 bytes from byte')])
  })

  test('after it was opened is not taken for a shorter one', async () => {
    const folder = await temporaryFolder()
    const [start] = await writeJournal(folder, [block(0), block(1)])
    const journal = (await openJournal(folder))!
    await truncate(join(folder, 'journal'), start)
    const damaged = { code: 'JOURNAL_CORRUPT', details: { file: join(folder, 'journal'), offset: start } }
    expect(await failureOf(entriesOf(journal))).toMatchObject(damaged)
    expect(await failureOf(JournalWriter.resume(folder, journal.end))).toMatchObject(damaged)
  })
})

describe('a journal that was damaged', () => {
  test('is never read wrong, whichever bit of it was flipped: JOURNAL_CORRUPT, or the torn tail is dropped', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'journal')
    const small = { ...header, plan: {} as ExperimentPlan }
    const ends = await writeJournal(folder, [block(0, 2), block(1)], small)
    const whole = await readFile(path)
    const first = [block(0, 2)]
    // Whole, and with a last entry that is torn: in its head, and in its payload.
    for (const length of [whole.length, ends.at(-2)! + 7, whole.length - 9]) {
      const end = ends.findLast((each) => each <= length)!
      // What comes before a torn tail is the same as in the whole file.
      for (let bit = length < whole.length ? end * 8 : 0; bit < length * 8; bit++) {
        const at = bit >> 3
        const bytes = Buffer.from(whole.subarray(0, length))
        bytes[at]! ^= 1 << (bit & 7)
        writeFileSync(path, bytes)
        const damage = await openJournal(folder).then(
          async (journal) => {
            expect([journal!.end, await entriesOf(journal!)]).toEqual([end, first])
            return undefined
          },
          (error: TroupeError) => error,
        )
        if (damage === undefined) {
          if (at < end) expect.fail(`the flip of bit ${bit} was not seen`)
          continue
        }
        // It names where the frame begins that holds the bit.
        const offset = [magicLength, ...ends].findLast((each) => each <= at) ?? 0
        if (damage.code !== 'JOURNAL_CORRUPT' || (damage.details as { offset: number }).offset !== offset) throw damage
      }
      expect(readFileSync(path).length).toBe(length)
    }
  }, 60_000)

  test('in a long file, by any bytes, is never read wrong', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'journal')
    const entries = Array.from({ length: 60 }, (_, index) => block(index, index % 7))
    const ends = await writeJournal(folder, entries)
    const whole = await readFile(path)
    const damage = fc.record({
      at: fc.nat(whole.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      length: fc.option(fc.nat(whole.length - 1), { nil: whole.length }),
    })
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, bytes: damaged, length }) => {
        const bytes = Buffer.from(whole)
        bytes.set(damaged.subarray(0, whole.length - at), at)
        await writeFile(path, bytes.subarray(0, length))
        try {
          const read = await entriesOf((await openJournal(folder))!)
          expect(read).toEqual(
            entries.slice(
              0,
              ends.findLastIndex((end) => end <= length),
            ),
          )
        } catch (error) {
          expect(error).toMatchObject({ code: 'JOURNAL_CORRUPT' })
        }
      }),
      { numRuns: 300, seed: 5 },
    )
  })

  test.each([
    ['an empty file', Buffer.of(), /damaged at byte 0: the file is empty; restore it/],
    ['a file of something else', Buffer.from('{"experiment": {}}'.repeat(9)), /at byte 0: it does not begin as/],
    ['a journal of another version', Buffer.from('troupe journal 2\nxxxxxxxxxx'), /format 2, .* reads format 1/],
    ['nothing but a first line', Buffer.from('troupe journal 1\n'), /at byte 17: it has no whole header/],
    ['a header that is none', frames({ digest: 1 }), /at byte 17: its first frame is no header/],
    ['a header that is null', frames(null), /at byte 17: its first frame is no header/],
  ])('%s is JOURNAL_CORRUPT, and stays as it is', async (_, bytes, message) => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'journal'), bytes)
    const error = await failureOf(openJournal(folder))
    expect(error).toMatchObject({ code: 'JOURNAL_CORRUPT', outcome: 'not_started', retryable: false })
    expect(error.message).toMatch(message)
    expect(error.details).toMatchObject({ file: join(folder, 'journal') })
    expect((await readFile(join(folder, 'journal'))).equals(bytes)).toBe(true)
  })

  test.each([[{ type: 'blok', block: {} }], [null], ['block'], [{}]])(
    'an entry %j, whose checksum is right, is JOURNAL_CORRUPT with its offset',
    async (entry) => {
      const folder = await temporaryFolder()
      const ends = await writeJournal(folder, [block(0)])
      await appendFile(join(folder, 'journal'), frame(serialize(entry)))
      const error = await failureOf(entriesOf((await openJournal(folder))!))
      expect(error).toMatchObject({ code: 'JOURNAL_CORRUPT', details: { offset: ends[1] } })
      expect(error.message).toMatch(/there is an entry of type .*, which is unknown/)
    },
  )

  test('a payload that a newer Node wrote says so, and not that it is damaged', async () => {
    const folder = await temporaryFolder()
    const ends = await writeJournal(folder, [block(0)])
    const payload = serialize(block(1))
    payload[1] = 99
    await appendFile(join(folder, 'journal'), frame(payload))
    const error = await failureOf(entriesOf((await openJournal(folder))!))
    expect(error).toMatchObject({ code: 'JOURNAL_CORRUPT', details: { offset: ends[1] } })
    expect(error.message).toContain(
      `cannot be read at byte ${ends[1]}: it is in V8's format 99, and Node ${process.version}`,
    )
    expect(error.message).toContain(`it began with ${header.environment.node}`)
  })

  test.each(['mkdir', 'mkfifo'])(
    'what %s makes in its place is JOURNAL_CORRUPT, and nothing waits for it',
    async (make) => {
      const folder = await temporaryFolder()
      execFileSync(make, [join(folder, 'journal')])
      const error = await failureOf(openJournal(folder))
      expect([error.code, error.message]).toEqual(['JOURNAL_CORRUPT', expect.stringContaining('it is no file')])
    },
  )
})

test('an entry keeps no memory alive but its own, or a page of small ones', async () => {
  const folder = await temporaryFolder()
  await writeJournal(
    folder,
    Array.from({ length: 1_000 }, (_, index) => block(index, 10)),
  )
  for (const entry of await entriesOf((await openJournal(folder))!)) {
    if (entry.type === 'block') expect(entry.block.rows![0]!.buffer.byteLength).toBeLessThanOrEqual(8_192)
  }
})

test('the file of a journal is opened by one writer after the other without loss', async () => {
  const folder = await temporaryFolder()
  await writeJournal(folder, [])
  for (let index = 0; index < 20; index++) {
    const writer = await JournalWriter.resume(folder, (await openJournal(folder))!.end)
    void writer.append(block(index))
    await writer.close()
    // As a process leaves it that is killed as it writes.
    const handle = await open(join(folder, 'journal'), 'a')
    await handle.write(frame(serialize(block(99))).subarray(0, 5 + index))
    await handle.close()
  }
  expect(
    (await entriesOf((await openJournal(folder))!)).map((entry) => entry.type === 'block' && entry.block.index),
  ).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

function frame(payload: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(payload.length, 0)
  head.writeUInt32LE(crc32(payload), 4)
  head.writeUInt32LE(crc32(head.subarray(0, 8)), 8)
  return Buffer.concat([head, payload])
}

function frames(...values: unknown[]): Buffer {
  return Buffer.concat([Buffer.from('troupe journal 1\n'), ...values.map((value) => frame(serialize(value)))])
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // The one that the folder was read with.
    return ''
  }
}
