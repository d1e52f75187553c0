import { mkdtemp, readdir, readFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as laterTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLineOutput } from '../../../src/cli/line-output.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'line-output-'))
  path = join(folder, 'out.jsonl')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const taken = /another process has begun to write it|ENOENT/

test('A file that another begins to write at any moment is never made final half written', async () => {
  for (let turns = 0; turns < 300; turns++) {
    const first = await openLineOutput(path)
    await first.write('first\n')
    const ended = first.finish().then(
      () => true,
      (error: unknown) => expect.soft(String(error)).toMatch(taken),
    )
    for (let turn = 0; turn < turns % 30; turn++) await laterTurn()
    const second = await openLineOutput(path)
    await second.write('second, ')
    await second.sync().catch((error: unknown) => expect(String(error)).toMatch(taken))
    if ((await ended) === true) expect(await readFile(path, 'utf8')).toBe('first\n')
    else expect(await readdir(folder)).not.toContain('out.jsonl')
    await first.abandon()
    await second.abandon()
    await rm(path, { force: true })
  }
})

test('A link in the place of the partial file is replaced, and what it leads to stays as it was', async () => {
  const other = join(folder, 'other.txt')
  await writeFile(other, 'kept\n')
  await symlink(other, `${path}.partial`)
  const output = await openLineOutput(path)
  await output.write('line\n')
  await output.finish()
  expect(await readFile(path, 'utf8')).toBe('line\n')
  expect(await readFile(other, 'utf8')).toBe('kept\n')
})

test('A folder in the place of the partial file is said to be in the way', async () => {
  await mkdir(`${path}.partial`)
  await expect(openLineOutput(path)).rejects.toThrow(/^Cannot write .*out\.jsonl: .*directory.*out\.jsonl\.partial/)
})
