import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { writeAtomically } from '../../src/experiment/atomic-file.ts'
import { openJournal } from '../../src/experiment/journal/journal-reader.ts'
import { JournalWriter } from '../../src/experiment/journal/journal-writer.ts'
import { RunLock } from '../../src/experiment/journal/run-lock.ts'
import { block, entriesOf, header, writeJournal } from '../fixtures/journal/journals.ts'
import { failureOf, fixture, temporaryFolder } from '../fixtures/supervised.ts'

const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && triesToMount()
if (!mayMount) console.log('Disks that are full or read-only are not tried: this user may not mount any')

function triesToMount(): boolean {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
}

/** A disk of its own, of so many KiB. */
async function smallDisk(size: string): Promise<string> {
  const folder = await temporaryFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'troupe-test', folder])
  onTestFinished(() => void execFileSync('umount', [folder]))
  return folder
}

const remount = (folder: string, options: string) => execFileSync('mount', ['-o', `remount,${options}`, folder])

/** Fills a disk to the last byte. */
function fill(folder: string): void {
  const file = openSync(join(folder, 'filler'), 'w')
  // `dd` ends with an error once there is no room.
  spawnSync('dd', ['if=/dev/zero', 'bs=4k'], { stdio: ['ignore', file, 'ignore'] })
  closeSync(file)
}

/** Appends blocks until one is refused; says how many were safe, and what the refusal was. */
async function appendUntilRefused(writer: JournalWriter, from: number) {
  for (let index = from; ; index++) {
    try {
      await writer.append(block(index, 1_000))
    } catch (refusal) {
      return { safe: index, refusal }
    }
  }
}

describe.skipIf(!mayMount)('B04 a disk of 64 KiB', () => {
  test('that is full: what was safe is kept, and the run goes on when there is room', async () => {
    const folder = await smallDisk('64k')
    const lock = await RunLock.take(folder)
    const writer = await JournalWriter.create(folder, header)
    const { safe, refusal } = await appendUntilRefused(writer, 0)
    const path = join(folder, 'journal')
    expect(refusal).toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringMatching(
        /^Cannot write .*\/journal: ENOSPC: no space left on device, write; make room on the disk, then resume the run$/,
      ),
      details: { file: path, errno: 'ENOSPC' },
    })
    expect(safe).toBeGreaterThan(3)
    expect(await failureOf(writer.close())).toMatchObject({ code: 'WRITE_FAILED' })
    await lock.release()
    const journal = (await openJournal(folder))!
    expect(await entriesOf(journal)).toEqual(Array.from({ length: safe }, (_, index) => block(index, 1_000)))
    expect([journal.warnings, statSync(path).size]).toEqual([[], journal.end])

    remount(folder, 'size=256k')
    const next = await JournalWriter.resume(folder, journal.end)
    for (let index = safe; index < safe + 4; index++) void next.append(block(index, 1_000))
    await next.close()
    expect(await entriesOf((await openJournal(folder))!)).toHaveLength(safe + 4)
  })

  test('that is full: outputs stay as they were, without remains of the new ones', async () => {
    const folder = await smallDisk('64k')
    const path = join(folder, 'summary.json')
    await writeFile(path, 'old')
    const failed = writeAtomically(path, async (file) => {
      for (let piece = 0; piece < 100; piece++) await file.write('x'.repeat(10_000))
    })
    expect(await failureOf(failed)).toMatchObject({ code: 'WRITE_FAILED', details: { file: path, errno: 'ENOSPC' } })
    expect(await readdir(folder)).toEqual(['summary.json'])
    expect(await readFile(path, 'utf8')).toBe('old')
  })

  test('that is full: no journal is begun and no lock taken, and nothing is left of either', async () => {
    const folder = await smallDisk('64k')
    fill(folder)
    expect(await failureOf(RunLock.take(folder))).toMatchObject({ code: 'WRITE_FAILED', details: { errno: 'ENOSPC' } })
    const created = JournalWriter.create(folder, header)
    expect(await failureOf(created)).toMatchObject({ code: 'WRITE_FAILED', details: { errno: 'ENOSPC' } })
    expect(await readdir(folder)).toEqual(['filler'])
  })

  test('that can only be read: nothing is locked, begun, resumed or written, and it can be read', async () => {
    const folder = await smallDisk('64k')
    await writeJournal(folder, [block(0)])
    remount(folder, 'ro')
    const refused = { code: 'WRITE_FAILED', message: expect.stringContaining('choose a folder that can be written') }
    const { end } = (await openJournal(folder))!
    expect(await failureOf(RunLock.take(folder))).toMatchObject(refused)
    expect(await failureOf(JournalWriter.create(folder, header))).toMatchObject(refused)
    expect(await failureOf(JournalWriter.resume(folder, end))).toMatchObject(refused)
    expect(await failureOf(writeAtomically(join(folder, 'a'), (file) => file.write('a')))).toMatchObject(refused)
    expect(await entriesOf((await openJournal(folder))!)).toEqual([block(0)])
  })
})

test('B04 a limit for the size of files is WRITE_FAILED, and what was safe is kept', async () => {
  const folder = await temporaryFolder()
  // In blocks of 512 or 1,024 bytes, as the shell counts.
  const script = `ulimit -f 64; exec "${process.execPath}" "${fixture('journal/appender.mjs')}" "${folder}" 10000 8000`
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const code = await new Promise((resolve) => child.on('close', resolve))
  const lines = output.split('\n')
  expect([code, lines.at(-2)]).toEqual([1, expect.stringMatching(/WRITE_FAILED.*EFBIG.*raise the limit/)])
  const safe = lines.filter((line) => /^\d+$/.test(line)).length
  expect(safe).toBeGreaterThan(0)
  expect(await entriesOf((await openJournal(folder))!)).toHaveLength(safe)
})

test('B03 a journal is read in memory that does not grow with it', { timeout: 240_000 }, async () => {
  const folder = await temporaryFolder()
  const writer = await JournalWriter.create(folder, header)
  const rows = 12_500
  for (let index = 0; index < 4_000; index++) {
    const appended = writer.append(block(index, rows))
    if (writer.bytesPending > 16_000_000) await appended
  }
  await writer.close()
  expect(statSync(join(folder, 'journal')).size).toBeGreaterThan(400_000_000)
  const reader = spawnSync(process.execPath, [fixture('journal/reader.mjs'), folder], { encoding: 'utf8' })
  const { entries, grownBy } = JSON.parse(reader.stdout) as { entries: number; grownBy: number }
  expect(entries).toBe(4_000)
  expect(grownBy).toBeLessThan(100_000_000)
})
