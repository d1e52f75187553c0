import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { createFolder, ended, readLines, said, saying, start } from '../integration/cli/command-line.ts'

const preloading = JSON.stringify({ services: { never: { module: './never.mjs', class: 'Never', preload: true } } })

// Ends once there is a file `release`, so that no test depends on how soon a signal arrives.
const held = `
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
export class Held {
  async execute() {
    writeFileSync('started', '')
    while (!existsSync('release')) await sleep(10)
    return { released: true }
  }
}`

/** A folder with a service whose one context runs until it is released. */
function createHeld(): Promise<string> {
  return createFolder({
    'services.json': JSON.stringify({ services: { held: { module: './held.mjs', class: 'Held' } } }),
    'held.mjs': held,
    'in.jsonl': '{}\n',
  })
}

/** Resolves once a component runs. */
async function running(folder: string): Promise<void> {
  await vi.waitFor(() => expect(existsSync(join(folder, 'started'))).toBe(true), { timeout: 20_000 })
}

describe('S08 a signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s lets what runs end, writes it, and exits with %i', async (signal, code) => {
    const folder = await createHeld()
    const child = start(folder, 'batch', 'held', '--input', 'in.jsonl', '--out', 'out.jsonl')
    const end = ended(child)
    await running(folder)
    const heard = saying(child, /what runs may end/)
    child.kill(signal)
    await heard
    await writeFile(join(folder, 'release'), '')
    const ran = await end
    expect(ran.code).toBe(code)
    expect(said(ran)).toContain(`${signal}: what runs may end; once more to stop at once`)
    expect(said(ran)).toContain(`interrupted by ${signal} after 1 line`)
    expect(await readLines(folder, 'out.jsonl.partial')).toMatchObject([
      { line: 1, ok: true, value: { released: true } },
    ])
    expect(existsSync(join(folder, 'out.jsonl'))).toBe(false)
  })

  test('that a terminal and npm both send is one signal', async () => {
    const folder = await createHeld()
    const child = start(folder, 'batch', 'held', '--input', 'in.jsonl', '--out', 'out.jsonl')
    const end = ended(child)
    await running(folder)
    const heard = saying(child, /what runs may end/)
    child.kill('SIGINT')
    child.kill('SIGINT')
    await heard
    await writeFile(join(folder, 'release'), '')
    expect(await end).toMatchObject({ code: 130 })
    expect(await readLines(folder, 'out.jsonl.partial')).toMatchObject([{ line: 1, ok: true }])
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s that comes again stops at once', async (signal) => {
    const folder = await createFolder({ 'in.jsonl': '{"data":{"ms":60000}}\n' })
    const child = start(folder, 'batch', 'slow', '--input', 'in.jsonl', '--out', 'out.jsonl')
    const end = ended(child)
    await running(folder)
    const heard = saying(child, /once more to stop at once/)
    child.kill(signal)
    await heard
    // What comes within 250 ms is taken for the same press of a key.
    await sleep(1_000)
    const before = performance.now()
    child.kill(signal)
    // The system ends it, which a shell calls 130 or 143.
    expect(await end).toMatchObject({ code: null, signal })
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  test('gives up a start that takes its time', async () => {
    const folder = await createFolder({
      'services.json': preloading,
      'never.mjs': `import { writeFileSync } from 'node:fs'\nwriteFileSync('started', '')\nawait new Promise(() => {})`,
      'in.jsonl': '{}\n',
    })
    const child = start(folder, 'batch', 'never', '--input', 'in.jsonl', '--out', 'out.jsonl')
    const end = ended(child)
    await running(folder)
    child.kill('SIGTERM')
    const ran = await end
    expect(ran).toMatchObject({ code: 143, signal: null })
    expect(said(ran)).toBe('troupe: interrupted by SIGTERM before it had started\n')
  })
})

describe('S11 process.exit() without close', () => {
  test.each(['at rest', 'busy', 'uncaught'])('ends a program whose workers are %s', async (how) => {
    const act = {
      'at rest': 'process.exit(5)',
      busy: `supervisor.execute({ service_id: 'busy' }, { onProgress() {} }).catch(() => {}); setTimeout(() => process.exit(5), 300)`,
      uncaught: `supervisor.execute({ service_id: 'busy' }).catch(() => {}); setTimeout(() => { throw new Error('S10') }, 300)`,
    }[how]
    const folder = await createFolder()
    const index = new URL('../../dist/src/index.js', import.meta.url).href
    const text = `import { Supervisor } from ${JSON.stringify(index)}\nconst supervisor = await Supervisor.start('services.json')\n${act}`
    await writeFile(join(folder, 'program.mjs'), text)
    const child = spawn(process.execPath, ['program.mjs'], { cwd: folder })
    const end = await ended(child)
    expect(end.code).toBe(how === 'uncaught' ? 1 : 5)
  })
})
