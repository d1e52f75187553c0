import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { ended, said, saying, start, troupe } from './command-line.ts'
import { computing, createExperiment, draws, undisturbedNumbers, slowDraws, summaryOf } from './experiment-folder.ts'

// Whole programs, several a test, beside others on the same cores.
vi.setConfig({ testTimeout: 60_000 })

describe('troupe run: signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'ends at %s with exit code %i, and goes on from there to the numbers of an undisturbed run',
    async (signal, code) => {
      const folder = await createExperiment(slowDraws)
      const child = start(folder, 'run', 'x.json', '--out', 'out')
      const end = ended(child)
      await computing(folder, 'out')
      child.kill(signal)
      const ran = await end
      expect(ran).toMatchObject({ code, stdout: '' })
      expect(said(ran)).toMatch(new RegExp(`troupe: ${signal}: what runs may end; once more to stop at once\n`))
      expect(said(ran)).toMatch(
        new RegExp(`interrupted by ${signal}; what was computed is in out; go on with: .* --out out --resume\n$`),
      )
      expect(existsSync(join(folder, 'out/summary.json'))).toBe(false)
      await writeFile(join(folder, 'quick'), '')
      const resumed = await troupe(folder, 'run', 'x.json', '--out', 'out', '--resume', '--json')
      expect(summaryOf(resumed).numbers).toBe(await undisturbedNumbers())
    },
  )

  it('ends at once at a second signal, even where a run never ends, and can go on', async () => {
    const folder = await createExperiment({ ...draws, service_id: 'hang', replications: 4, block_size: 1 })
    const child = start(folder, 'run', 'x.json', '--out', 'out', '--workers', '1')
    const end = ended(child)
    await vi.waitFor(() => expect(existsSync(join(folder, 'started'))).toBe(true), { timeout: 20_000 })
    const heard = saying(child, /once more to stop at once/)
    child.kill('SIGINT')
    await heard
    // What comes within 250 ms is taken for the same signal.
    await sleep(1_000)
    child.kill('SIGINT')
    expect(await end).toMatchObject({ signal: 'SIGINT', stdout: '' })
    expect(existsSync(join(folder, 'out/journal'))).toBe(true)
  })

  it('ends at one signal, too, where a run never ends', async () => {
    const folder = await createExperiment({ ...draws, service_id: 'hang', replications: 4, block_size: 1 })
    const child = start(folder, 'run', 'x.json', '--out', 'out', '--workers', '1')
    const end = ended(child)
    await vi.waitFor(() => expect(existsSync(join(folder, 'started'))).toBe(true), { timeout: 20_000 })
    child.kill('SIGTERM')
    expect(await end).toMatchObject({ code: 143 })
  })

  it('verify ends at SIGINT with exit code 130', async () => {
    const folder = await createExperiment(slowDraws)
    const child = start(folder, 'verify', 'x.json')
    const end = ended(child)
    await saying(child, /x on 1 worker: /)
    child.kill('SIGINT')
    const ran = await end
    expect(ran).toMatchObject({ code: 130, stdout: '' })
    expect(said(ran)).toContain('interrupted by SIGINT; nothing was compared\n')
  })
})
