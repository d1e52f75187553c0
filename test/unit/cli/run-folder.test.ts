import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createFreshFolder, runFolderName } from '../../../src/cli/run-folder.ts'

const date = new Date(2026, 0, 2, 3, 4, 5)

describe('runFolderName', () => {
  test.each([
    ['experiments/sp500.json', 'sp500-20260102-030405'],
    ['/a/b/Asian calls.JSON', 'Asian-calls-20260102-030405'],
    [String.raw`c:\runs\x.json`, 'x-20260102-030405'],
    ['../../x', 'x-20260102-030405'],
    ['..', 'experiment-20260102-030405'],
    ['.json', 'experiment-20260102-030405'],
    ['CON.json', 'run-CON-20260102-030405'],
    ['nul.a.json', 'run-nul.a-20260102-030405'],
    ['com1', 'run-com1-20260102-030405'],
    ['console.json', 'console-20260102-030405'],
    ['a:b*c?.json', 'a-b-c--20260102-030405'],
    ['__proto__.json', '__proto__-20260102-030405'],
    ['Längsschnitt.json', 'Längsschnitt-20260102-030405'],
  ])('of %j is %s', (file, name) => {
    expect(runFolderName(file, date)).toBe(name)
  })

  test('has 80 bytes at most, and no half character', () => {
    expect(runFolderName(`${'x'.repeat(300)}.json`, date)).toBe(`${'x'.repeat(64)}-20260102-030405`)
    expect(runFolderName(`${'𝒳'.repeat(300)}.json`, date)).toBe(`${'𝒳'.repeat(16)}-20260102-030405`)
  })
})

describe('createFreshFolder', () => {
  function temporaryFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'troupe-folder-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    return folder
  }

  test('never gives one that is there already', async () => {
    const runs = join(temporaryFolder(), 'runs')
    const folders = await Promise.all(Array.from({ length: 5 }, () => createFreshFolder(runs, 'x')))
    expect(folders.map(({ path }) => path).toSorted()).toEqual(
      ['x', 'x-2', 'x-3', 'x-4', 'x-5'].map((name) => join(runs, name)),
    )
  })

  test('removes what it made where nothing was written, and nothing else', async () => {
    const parent = temporaryFolder()
    const empty = await createFreshFolder(join(parent, 'runs'), 'x')
    await empty.removeIfEmpty()
    expect(readdirSync(parent)).toEqual([])
    const kept = await createFreshFolder(parent, 'y')
    writeFileSync(join(kept.path, 'journal'), '')
    await kept.removeIfEmpty()
    const besides = await createFreshFolder(parent, 'z')
    await besides.removeIfEmpty()
    expect(readdirSync(parent)).toEqual(['y'])
  })
})
