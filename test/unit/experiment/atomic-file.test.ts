import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeAtomically } from '../../../src/experiment/atomic-file.ts'
import { temporaryFolder } from '../../fixtures/supervised.ts'

describe('writeAtomically', () => {
  test('writes text and bytes in their order, pieces of any size', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'rows.txt')
    const long = 'é'.repeat(100_000)
    await writeAtomically(path, async (file) => {
      for (const piece of ['a', Uint8Array.of(98), 'c', long, new Uint8Array(0), '', 'd']) await file.write(piece)
    })
    expect(await readFile(path, 'utf8')).toBe(`abc${long}d`)
    expect(await readdir(folder)).toEqual(['rows.txt'])
  })

  test('leaves what was there until the new file is whole, and where its writer throws', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'summary.json')
    await writeFile(path, 'old')
    const thrown = new RangeError('no such point')
    const failed = writeAtomically(path, async (file) => {
      await file.write('x'.repeat(200_000))
      expect(await readFile(path, 'utf8')).toBe('old')
      throw thrown
    })
    await expect(failed).rejects.toBe(thrown)
    expect(await readdir(folder)).toEqual(['summary.json'])
    expect(await readFile(path, 'utf8')).toBe('old')
  })

  test('takes the place of what a process that was killed had begun', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'summary.json')
    await writeFile(`${path}.partial`, 'longer than the new one')
    await writeAtomically(path, (file) => file.write('new'))
    expect(await readdir(folder)).toEqual(['summary.json'])
    expect(await readFile(path, 'utf8')).toBe('new')
  })

  test('says which file cannot be written, and why', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'none', 'summary.json')
    const failed = writeAtomically(path, (file) => file.write('new'))
    await expect(failed).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      outcome: 'failed',
      message: expect.stringMatching(
        /^Cannot write .*none\/summary\.json: ENOENT: .*; mend that, then resume the run$/,
      ),
      details: { file: path, errno: 'ENOENT' },
      cause: { code: 'ENOENT' },
    })
    await mkdir(join(folder, 'taken'))
    const taken = writeAtomically(join(folder, 'taken'), (file) => file.write('new'))
    await expect(taken).rejects.toMatchObject({ code: 'WRITE_FAILED', details: { errno: 'EISDIR' } })
    expect(await readdir(folder)).toEqual(['taken'])
  })
})
