import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../../../src/kernel/make-folder.ts'
import { type SnapshotFiles, SnapshotFolder } from '../../../../src/supervisor/actors/snapshot-folder.ts'
import { temporaryFolder } from '../../../fixtures/supervised.ts'

const owner = { serviceId: 'book', key: 'A/../B' }

test('SnapshotFolder gives back the last state of each owner, of whatever type', async () => {
  const folder = new SnapshotFolder(join(await temporaryFolder(), 'new', 'folder'))
  expect(await folder.read(owner)).toBeUndefined()
  const state = { levels: new Map([[1, new Float64Array([1.5])]]), at: new Date(0), none: undefined }
  await folder.write(owner, 'first')
  await folder.write(owner, state)
  await folder.write({ ...owner, key: 'other' }, 'of another')
  expect(await folder.read(owner)).toEqual({ value: state, isOlder: false })
  expect(await folder.read({ ...owner, key: 'other' })).toEqual({ value: 'of another', isOlder: false })
})

test('SnapshotFolder has a whole state after a write that was cut off at any of its steps', async () => {
  for (let failing = 1, reached = true; reached; failing++) {
    const path = await temporaryFolder()
    await new SnapshotFolder(path).write(owner, 1)
    await new SnapshotFolder(path).write(owner, 2)
    const faulty = failingAt(failing)
    const written = await new SnapshotFolder(path, faulty.files).write(owner, 3).then(
      () => true,
      () => false,
    )
    reached = faulty.reached()
    expect(written).toBe(!reached)
    const read = await new SnapshotFolder(path).read(owner)
    // A write that failed may still be there in full, but nothing is half there, and nothing older than the last.
    expect(written ? [3] : [2, 3]).toContain(read?.value)
    await new SnapshotFolder(path).write(owner, 4)
    expect((await new SnapshotFolder(path).read(owner))?.value).toBe(4)
    if (reached) expect(failing).toBeLessThan(20)
  }
})

test('SnapshotFolder reports a value that cannot be written, and keeps the one before', async () => {
  const folder = new SnapshotFolder(await temporaryFolder())
  await folder.write(owner, 1)
  await expect(folder.write(owner, () => 1)).rejects.toThrow()
  expect((await folder.read(owner))?.value).toBe(1)
})

/** The file system, whose step number `failing` fails; of a write that fails, half of the bytes arrive. */
function failingAt(failing: number): { files: SnapshotFiles; reached(): boolean } {
  let step = 0
  const next = () => ++step === failing
  const fail = () => Promise.reject(new Error('the disk failed'))
  const files: SnapshotFiles = {
    makeFolder: (path) => (next() ? fail() : makeFolder(path)),
    rename: (from, to) => (next() ? fail() : rename(from, to)),
    readFile,
    async open(path, flags) {
      if (next()) return await fail()
      const handle = await open(path, flags)
      return {
        async writeFile(bytes) {
          if (!next()) return await handle.writeFile(bytes as Buffer)
          await handle.writeFile((bytes as Buffer).subarray(0, 10))
          return await fail()
        },
        sync: () => (next() ? fail() : handle.sync()),
        close: () => handle.close(),
      }
    },
  }
  return { files, reached: () => step >= failing }
}
