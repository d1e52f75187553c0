import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder } from '../../../src/kernel/make-folder.ts'
import { temporaryFolder } from '../../fixtures/supervised.ts'

describe('makeFolder', () => {
  it('makes a folder and those above it, and says which was the first', async () => {
    const root = await temporaryFolder()
    const deep = join(root, 'a', 'b', 'c')
    expect(await makeFolder(deep)).toBe(join(root, 'a'))
    expect(statSync(deep).isDirectory()).toBe(true)
    expect(await makeFolder(join(deep, 'd'))).toBe(join(deep, 'd'))
  })

  it('makes nothing of what is there, behind a link or not', async () => {
    const root = await temporaryFolder()
    symlinkSync(root, join(root, 'link'))
    expect(await makeFolder(root)).toBeUndefined()
    expect(await makeFolder(join(root, 'link'))).toBeUndefined()
    expect(await makeFolder('.')).toBeUndefined()
    expect(await makeFolder('/')).toBeUndefined()
    expect(await makeFolder(join(root, 'link', 'x'))).toBe(join(root, 'link', 'x'))
    expect(existsSync(join(root, 'x'))).toBe(true)
  })

  it('may be called many times at once for one folder', async () => {
    const deep = join(await temporaryFolder(), 'a', 'b', 'c')
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(deep)))
    expect(statSync(deep).isDirectory()).toBe(true)
  })

  it('refuses where a file is in the way', async () => {
    const root = await temporaryFolder()
    writeFileSync(join(root, 'file'), '')
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeFolder(join(root, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it('refuses behind a link that leads nowhere', async () => {
    const root = await temporaryFolder()
    symlinkSync(join(root, 'nowhere'), join(root, 'link'))
    await expect(makeFolder(join(root, 'link'))).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeFolder(join(root, 'link', 'x', 'y'))).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it.runIf(existsSync('/proc/self'))('refuses in a file system that lets nobody make a folder', async () => {
    await expect(makeFolder('/proc/x/y')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
