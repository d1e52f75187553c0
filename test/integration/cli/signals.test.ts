import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createFolder, ended, readLines, said, start, startShell } from './command-line.ts'

const slow = '{"data":{"ms":1}}\n'
const batchArguments = ['batch', 'slow', '--input', 'in.jsonl', '--out', 'out.jsonl']

/** Resolves once a batch has written results, and so runs. */
async function written(folder: string): Promise<void> {
  const partial = join(folder, 'out.jsonl.partial')
  await vi.waitFor(() => expect(existsSync(partial) && readFileSync(partial).length > 0).toBe(true), {
    timeout: 20_000,
  })
}

/** Resolves once a component runs. */
async function running(folder: string): Promise<void> {
  await vi.waitFor(() => expect(existsSync(join(folder, 'started'))).toBe(true), { timeout: 20_000 })
}

describe('troupe: signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('batch ends at %s with exit code %i, its results so far in the partial file', async (signal, code) => {
    const folder = await createFolder({ 'in.jsonl': slow.repeat(20_000) })
    const child = start(folder, ...batchArguments)
    const end = ended(child)
    await written(folder)
    child.kill(signal)
    expect(await end).toMatchObject({
      code,
      stderr: expect.stringMatching(
        new RegExp(`interrupted by ${signal} after \\d+ lines.*out\\.jsonl\\.partial`),
      ) as string,
    })
    expect(existsSync(join(folder, 'out.jsonl'))).toBe(false)
    const lines = await readLines(folder, 'out.jsonl.partial')
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThan(20_000)
    expect(lines.every(({ line, ok }, index) => line === index + 1 && ok === true)).toBe(true)
  })

  it('batch ends while it waits for more of stdin', async () => {
    const folder = await createFolder()
    const child = start(folder, 'batch', 'slow', '--input', '-', '--out', 'out.jsonl')
    const end = ended(child)
    child.stdin.write(slow)
    await written(folder)
    child.kill('SIGINT')
    expect(await end).toMatchObject({ code: 130 })
  })

  it('exec ends at SIGINT with exit code 130', async () => {
    const folder = await createFolder()
    const child = start(folder, 'exec', 'slow', '--data', '{"ms":60000}')
    const end = ended(child)
    await running(folder)
    child.kill('SIGINT')
    const ran = await end
    expect(ran).toMatchObject({ code: 130, stdout: '' })
    expect(said(ran)).toBe('troupe: interrupted by SIGINT; slow was cancelled\n')
  })

  it('exec ends at a second signal, even where the component never yields', async () => {
    const folder = await createFolder()
    const child = start(folder, 'exec', 'busy')
    const end = ended(child)
    await running(folder)
    child.kill('SIGINT')
    await sleep(20)
    child.kill('SIGINT')
    const { code, signal } = await end
    expect(code === 130 || signal === 'SIGINT').toBe(true)
  })

  it('exec ends with SIGKILL where native code holds its thread', async () => {
    const folder = await createFolder()
    const child = startShell(folder, 'mkfifo pipe && exec $troupe exec stuck')
    const end = ended(child)
    await running(folder)
    child.kill('SIGINT')
    const ran = await end
    expect(ran.signal).toBe('SIGKILL')
    expect(said(ran)).toMatch(/interrupted by SIGINT[^]*native code holds 1 of the threads/)
  })

  it('exec --inline ends at SIGINT, even where the component never yields', async () => {
    const folder = await createFolder()
    const child = start(folder, 'exec', 'busy', '--inline')
    const end = ended(child)
    await running(folder)
    child.kill('SIGINT')
    expect(await end).toMatchObject({ signal: 'SIGINT' })
  })

  it('exec --inspect waits for a debugger', async () => {
    const child = start(await createFolder(), 'exec', 'echo', '--inspect')
    const end = ended(child)
    let stderr = ''
    child.stderr.on('data', (text: string) => (stderr += text))
    await vi.waitFor(() => expect(stderr).toMatch(/ws:\/\/127\.0\.0\.1|could not be opened/), { timeout: 20_000 })
    child.kill('SIGKILL')
    expect(await end).toMatchObject({ stdout: '' })
  })
})
