import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { createFolder, ended, readLines, said, start, startShell, troupe } from './command-line.ts'

const good = '{"data":{"n":1}}\n'
const bad = '{"data":{"n":2,"fail":true}}\n'

function batch(folder: string, ...args: string[]) {
  return troupe(folder, 'batch', 'picky', ...args)
}

describe('troupe batch: files', () => {
  it('removes the failures of an earlier run that are no longer true', async () => {
    const folder = await createFolder({ 'in.jsonl': good + bad })
    await batch(folder, '--input', 'in.jsonl', '--out', 'out.jsonl')
    expect(await readLines(folder, 'out.jsonl.failures.jsonl')).toHaveLength(1)
    await writeFile(join(folder, 'in.jsonl'), good)
    const again = await batch(folder, '--input', 'in.jsonl', '--out', 'out.jsonl')
    expect(again.code).toBe(0)
    expect(await readdir(folder)).toEqual(['components.mjs', 'in.jsonl', 'out.jsonl', 'services.json'])
  })

  it('writes failures where --failures says', async () => {
    const folder = await createFolder({ 'in.jsonl': good + bad })
    const ran = await batch(folder, '--input', 'in.jsonl', '--out', '-', '--failures', 'bad.jsonl')
    expect(ran.code).toBe(2)
    expect(await readLines(folder, 'bad.jsonl')).toMatchObject([{ line: 2 }])
  })

  it('writes through a link to the file that it leads to', async () => {
    const folder = await createFolder({ 'in.jsonl': good, 'real.jsonl': 'old\n' })
    await symlink('real.jsonl', join(folder, 'out.jsonl'))
    expect((await batch(folder, '--input', 'in.jsonl', '--out', 'out.jsonl')).code).toBe(0)
    expect(await readLines(folder, 'real.jsonl')).toMatchObject([{ line: 1, ok: true }])
  })

  it('refuses to write over its input, by whatever name, and leaves it as it was', async () => {
    const folder = await createFolder({ 'in.jsonl': good })
    await symlink('in.jsonl', join(folder, 'symbolic.jsonl'))
    await link(join(folder, 'in.jsonl'), join(folder, 'hard.jsonl'))
    for (const out of ['in.jsonl', './in.jsonl', 'symbolic.jsonl', 'hard.jsonl']) {
      const ran = await batch(folder, '--input', 'in.jsonl', '--out', out)
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('same file') as string })
    }
    const failures = await batch(folder, '--input', 'in.jsonl', '--out', 'out.jsonl', '--failures', 'in.jsonl')
    expect(failures.code).toBe(1)
    expect(await readFile(join(folder, 'in.jsonl'), 'utf8')).toBe(good)
  })

  it.each([
    ['an absent input', ['--input', 'absent.jsonl', '--out', 'out.jsonl'], /Cannot read --input absent\.jsonl: ENOENT/],
    ['a folder as input', ['--input', 'folder', '--out', 'out.jsonl'], /Cannot read --input folder/],
    ['an output in an absent folder', ['--input', 'in.jsonl', '--out', 'absent/out.jsonl'], /Cannot write .*ENOENT/],
    ['a folder as output', ['--input', 'in.jsonl', '--out', 'folder'], /Cannot write folder: EISDIR/],
    ['no output', ['--input', 'in.jsonl'], /required option '--out <file>'/],
  ])('refuses %s with exit code 1', async (_, args, message) => {
    const folder = await createFolder({ 'in.jsonl': good })
    await mkdir(join(folder, 'folder'))
    const ran = await batch(folder, ...args)
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) as string })
    expect(ran.stderr).not.toMatch(/\n {4}at /)
  })

  it('refuses an unknown service before it writes anything', async () => {
    const folder = await createFolder({ 'in.jsonl': good, 'out.jsonl': 'earlier\n' })
    const ran = await troupe(folder, 'batch', 'pikky', '--input', 'in.jsonl', '--out', 'out.jsonl')
    // As `execute` and `troupe exec` say it, and once.
    const said = 'SERVICE_NOT_FOUND: There is no service pikky; registered are '
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(said) as string })
    expect(ran.stderr).toContain('did you mean picky?')
    expect(ran.stderr).not.toContain('what to do')
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toBe('earlier\n')
  })

  it.each(['--out', '--failures'])(
    'exits 1 where the device of %s is full, and does not say it was done',
    async (option) => {
      const folder = await createFolder({ 'in.jsonl': bad.repeat(3) })
      const others = option === '--out' ? [] : ['--out', 'out.jsonl']
      const ran = await batch(folder, '--input', 'in.jsonl', ...others, option, '/dev/full')
      expect(ran).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/Cannot write .*ENOSPC/) as string,
      })
      expect(ran.stderr).not.toMatch(/3 lines/)
      expect(await readdir(folder)).not.toContain('out.jsonl')
      expect(await readdir('/dev')).not.toContain('full.failures.jsonl.partial')
    },
  )

  it('leaves the results of one of two batches that write to one file, and the other says so', async () => {
    const folder = await createFolder({ 'in.jsonl': good + bad })
    const child = start(folder, 'batch', 'picky', '--input', '-', '--out', 'out.jsonl')
    const first = ended(child)
    child.stdin.write(bad)
    await vi.waitFor(async () => expect(await readdir(folder)).toContain('out.jsonl.failures.jsonl.partial'), {
      timeout: 20_000,
    })
    expect(await batch(folder, '--input', 'in.jsonl', '--out', 'out.jsonl')).toMatchObject({ code: 2 })
    child.stdin.end(bad)
    const message = /Cannot write out.jsonl.* another process has begun to write it/
    expect(await first).toMatchObject({ code: 1, stderr: expect.stringMatching(message) as string })
    expect(await readLines(folder, 'out.jsonl')).toMatchObject([
      { line: 1, ok: true },
      { line: 2, ok: false },
    ])
    expect(await readLines(folder, 'out.jsonl.failures.jsonl')).toMatchObject([{ line: 2 }])
  })

  it('leaves the failures to the batch that began later too, where the other meets its first one after that', async () => {
    const folder = await createFolder({})
    const begin = () => {
      const child = start(folder, 'batch', 'picky', '--input', '-', '--out', 'out.jsonl')
      return { stdin: child.stdin, ended: ended(child) }
    }
    const idOf = async (name: string) => (await stat(join(folder, name))).ino
    const first = begin()
    const partial = await vi.waitFor(() => idOf('out.jsonl.partial'), { timeout: 20_000 })
    const second = begin()
    await vi.waitFor(async () => expect(await idOf('out.jsonl.partial')).not.toBe(partial), { timeout: 20_000 })
    second.stdin.write(bad)
    await vi.waitFor(() => idOf('out.jsonl.failures.jsonl.partial'), { timeout: 20_000 })

    first.stdin.end(bad)
    const message = /Cannot write out.jsonl: another process has begun to write it/
    expect(await first.ended).toMatchObject({ code: 1, stderr: expect.stringMatching(message) as string })
    second.stdin.end(good)
    expect(await second.ended).toMatchObject({ code: 2 })
    expect(await readLines(folder, 'out.jsonl')).toMatchObject([
      { line: 1, ok: false },
      { line: 2, ok: true },
    ])
    expect(await readLines(folder, 'out.jsonl.failures.jsonl')).toMatchObject([{ line: 1 }])
  })

  it('leaves the failures of an earlier run where the results cannot be written', async () => {
    const folder = await createFolder({ 'in.jsonl': bad, 'failures.jsonl': 'earlier\n' })
    const ran = await batch(folder, '--input', 'in.jsonl', '--out', '/dev/full', '--failures', 'failures.jsonl')
    expect(ran.code).toBe(1)
    expect(await readFile(join(folder, 'failures.jsonl'), 'utf8')).toBe('earlier\n')
  })

  it('exits 1 where stdout is full', async () => {
    const folder = await createFolder({ 'in.jsonl': good })
    const line = '$troupe batch picky --input in.jsonl --out - > /dev/full'
    const ran = await ended(startShell(folder, line))
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOSPC') as string })
  })

  it('stops without a trace where the reader of stdout has read enough', async () => {
    const folder = await createFolder({ 'in.jsonl': good.repeat(20_000) })
    const line = '{ $troupe batch picky --input in.jsonl --out -; echo "exit $?" >&2; } | head -n 1'
    const ran = await ended(startShell(folder, line))
    expect(ran.stdout).toBe('{"line":1,"request_id":"line-1","ok":true,"value":{"n":1}}\n')
    expect(said(ran)).toBe('troupe: Cannot write to stdout: its reader has closed it (EPIPE)\nexit 1\n')
  })
})
