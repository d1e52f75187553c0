import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Disk, type DiskFile, realDisk } from '../../../src/experiment/disk.ts'
import { openJournal } from '../../../src/experiment/journal/journal-reader.ts'
import { JournalWriter } from '../../../src/experiment/journal/journal-writer.ts'
import { block, entriesOf, header } from '../../fixtures/journal/journals.ts'
import { failureOf, temporaryFolder } from '../../fixtures/supervised.ts'

describe('JournalWriter', () => {
  test('syncs many entries at once, and resolves none before', async () => {
    const steps: string[] = []
    const disk = diskWith((file) => ({
      ...file,
      async datasync() {
        steps.push('sync')
        await file.datasync()
      },
    }))
    const folder = await temporaryFolder()
    const writer = await JournalWriter.create(folder, header, disk)
    const appended = Array.from({ length: 500 }, (_, index) => writer.append(block(index)))
    for (const each of appended) void each.then(() => steps.push('safe'))
    await Promise.all(appended)
    expect(steps).toEqual(['sync', ...appended.map(() => 'safe')])
    expect(writer.bytesPending).toBe(0)
    await writer.close()
    expect(await entriesOf((await openJournal(folder))!)).toHaveLength(500)
  })

  test('goes on taking entries while a sync is stuck, and says how many bytes are not safe', async () => {
    const stuck = gate()
    const disk = diskWith((file) => ({
      ...file,
      async datasync() {
        await stuck.reached()
        await file.datasync()
      },
    }))
    const folder = await temporaryFolder()
    const writer = await JournalWriter.create(folder, header, disk)
    const first = writer.append(block(0))
    await stuck.arrival
    const before = writer.bytesPending
    expect(before).toBeGreaterThan(0)
    const second = writer.append(block(1))
    expect(writer.bytesPending).toBe(2 * before)
    const order: number[] = []
    void first.then(() => order.push(0))
    void second.then(() => order.push(1))
    stuck.open()
    await writer.close()
    expect([order, writer.bytesPending]).toEqual([[0, 1], 0])
    expect(await entriesOf((await openJournal(folder))!)).toEqual([block(0), block(1)])
  })

  test('writes an entry before it is synced, so that a killed process loses no more than it must', async () => {
    const stuck = gate()
    const disk = diskWith((file) => ({ ...file, datasync: () => stuck.reached() }))
    const folder = await temporaryFolder()
    const writer = await JournalWriter.create(folder, header, disk)
    const appended = writer.append(block(0))
    await stuck.arrival
    expect(await entriesOf((await openJournal(folder))!)).toEqual([block(0)])
    stuck.open()
    await appended
    await writer.close()
  })

  test('closes once, with all that was appended on the disk, and takes nothing from then on', async () => {
    const folder = await temporaryFolder()
    const writer = await JournalWriter.create(folder, header)
    const appended = writer.append(block(0))
    await Promise.all([writer.close(), writer.close()])
    await appended
    await expect(writer.append(block(1))).rejects.toThrow(`Journal ${join(folder, 'journal')} is closed`)
  })

  test('refuses an entry that is more than plain data, and goes on', async () => {
    const folder = await temporaryFolder()
    const writer = await JournalWriter.create(folder, header)
    const wrong = { ...block(0), block: { ...block(0).block, failures: [() => {}] as never } }
    await expect(writer.append(wrong)).rejects.toThrow(/could not be cloned/)
    void writer.append(block(1))
    await writer.close()
    expect(await entriesOf((await openJournal(folder))!)).toEqual([block(1)])
  })

  test('writes all of an entry to a system that takes it in parts', async () => {
    const disk = diskWith((file) => ({
      ...file,
      write: (bytes, offset, length, position) => file.write(bytes, offset, Math.min(length, 7), position),
    }))
    const folder = await temporaryFolder()
    const writer = await JournalWriter.create(folder, header, disk)
    for (let index = 0; index < 20; index++) void writer.append(block(index))
    await writer.close()
    expect(await entriesOf((await openJournal(folder))!)).toEqual(
      Array.from({ length: 20 }, (_, index) => block(index)),
    )
  })
})

describe('JournalWriter on a disk that fails', () => {
  test.each(['write', 'sync'] as const)('at a %s, cuts off what is not safe and reports all of it', async (at) => {
    const folder = await temporaryFolder()
    const failing = failingDisk(at)
    const writer = await JournalWriter.create(folder, header, failing.disk)
    await writer.append(block(0))
    const safe = await readFile(join(folder, 'journal'))
    failing.begin()
    const failed = Array.from({ length: 5 }, (_, index) => writer.append(block(1 + index)))
    const lost = {
      code: 'WRITE_FAILED',
      details: { file: join(folder, 'journal'), errno: 'EIO' },
      cause: { code: 'EIO' },
    }
    for (const each of failed) expect(await failureOf(each)).toMatchObject(lost)
    expect(writer.bytesPending).toBe(0)
    // It stays so, even though the disk would write again.
    failing.end()
    expect(await failureOf(writer.append(block(9)))).toMatchObject(lost)
    expect(await failureOf(writer.close())).toMatchObject(lost)
    expect((await readFile(join(folder, 'journal'))).equals(safe)).toBe(true)
    const journal = (await openJournal(folder))!
    expect([journal.warnings, await entriesOf(journal)]).toEqual([[], [block(0)]])
  })

  test('that does not even let it cut off, leaves a torn tail, which is dropped when the run goes on', async () => {
    const folder = await temporaryFolder()
    const failing = failingDisk('write', 'truncate')
    const writer = await JournalWriter.create(folder, header, failing.disk)
    await writer.append(block(0))
    failing.begin()
    expect(await failureOf(writer.append(block(1)))).toMatchObject({ code: 'WRITE_FAILED' })
    expect(await failureOf(writer.close())).toMatchObject({ code: 'WRITE_FAILED' })
    const journal = (await openJournal(folder))!
    expect(journal.warnings).toEqual([expect.stringContaining('are dropped')])
    expect(await entriesOf(journal)).toEqual([block(0)])
    const next = await JournalWriter.resume(folder, journal.end)
    void next.append(block(2))
    await next.close()
    expect(await entriesOf((await openJournal(folder))!)).toEqual([block(0), block(2)])
  })

  test('whose failure nobody waits for, tells it at the end, and rejects nothing unheard', async () => {
    const unheard: unknown[] = []
    const keep = (error: unknown) => void unheard.push(error)
    process.on('unhandledRejection', keep)
    try {
      const failing = failingDisk('write')
      const writer = await JournalWriter.create(await temporaryFolder(), header, failing.disk)
      failing.begin()
      void writer.append(block(0))
      expect(await failureOf(writer.close())).toMatchObject({ code: 'WRITE_FAILED' })
      await new Promise((resolve) => setImmediate(resolve))
      expect(unheard).toEqual([])
    } finally {
      process.off('unhandledRejection', keep)
    }
  })
})

/** The real disk, with other files. */
function diskWith(change: (file: DiskFile) => DiskFile): Disk {
  return {
    rename: (from, to) => realDisk.rename(from, to),
    open: async (path, flags) => change(plain(await realDisk.open(path, flags))),
  }
}

/** A file as a plain object, whose parts can be replaced one by one. */
function plain(file: DiskFile): DiskFile {
  return {
    write: (...args) => file.write(...args),
    sync: () => file.sync(),
    datasync: () => file.datasync(),
    truncate: (length) => file.truncate(length),
    close: () => file.close(),
  }
}

/** A disk of which, between `begin` and `end`, some operations fail: of a write, half arrives. */
function failingDisk(...operations: readonly ('write' | 'sync' | 'truncate')[]) {
  let isFailing = false
  const fails = (operation: (typeof operations)[number]) => isFailing && operations.includes(operation)
  const refuse = () =>
    Promise.reject(Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', syscall: 'write' }))
  const disk = diskWith((file) => ({
    ...file,
    async write(bytes, offset, length, position) {
      if (!fails('write')) return file.write(bytes, offset, length, position)
      await file.write(bytes, offset, length >> 1, position)
      return refuse()
    },
    datasync: () => (fails('sync') ? refuse() : file.datasync()),
    truncate: (length) => (fails('truncate') ? refuse() : file.truncate(length)),
  }))
  return { disk, begin: () => void (isFailing = true), end: () => void (isFailing = false) }
}

/** Where something stands still until it is opened. */
function gate() {
  let arrive!: () => void
  let open!: () => void
  const arrival = new Promise<void>((resolve) => (arrive = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  const reached = () => {
    arrive()
    return opened
  }
  return { arrival, open, reached }
}
