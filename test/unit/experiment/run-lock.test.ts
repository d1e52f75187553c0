import { spawn, spawnSync } from 'node:child_process'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type ProcessIdentity,
  lockName,
  mayBeAlive,
  ownIdentity,
} from '../../../src/experiment/journal/process-identity.ts'
import { RunLock } from '../../../src/experiment/journal/run-lock.ts'
import { failureOf, temporaryFolder } from '../../fixtures/supervised.ts'

const own = await ownIdentity()
const onLinux = process.platform === 'linux'
/** The number of a process that has ended. */
const deadPid = spawnSync(process.execPath, ['-e', '']).pid

/** Leaves the file of another process in a folder. */
async function leave(folder: string, identity: Partial<ProcessIdentity>, state: string): Promise<string> {
  const name = lockName({ ...own, ...identity })
  await writeFile(join(folder, name), `${state} 2026-01-02T03:04:05.678Z\n`)
  return name
}

describe('RunLock', () => {
  test('is had by one at a time, in one process too, and says by whom', async () => {
    const folder = join(await temporaryFolder(), 'runs', 'first')
    const lock = await RunLock.take(folder)
    const [name] = await readdir(folder)
    const error = await failureOf(RunLock.take(folder))
    const since = expect.stringMatching(/^\d{4}-.*Z$/)
    expect(error).toMatchObject({
      code: 'RUN_LOCKED',
      outcome: 'not_started',
      retryable: true,
      details: { pid: process.pid, host: hostname(), since, file: join(folder, name!) },
    })
    expect(error.message).toMatch(
      /is being computed by process \d+ on .* since .*; wait until it ends, or remove lock-/,
    )
    await lock.release()
    expect(await readdir(folder)).toEqual([])
    await (await RunLock.take(folder)).release()
  })

  test('that was given back is not given back again, when somebody else has it', async () => {
    const folder = await temporaryFolder()
    const first = await RunLock.take(folder)
    await first.release()
    const second = await RunLock.take(folder)
    await first.release()
    expect(await failureOf(RunLock.take(folder))).toMatchObject({ code: 'RUN_LOCKED' })
    await second.release()
  })

  test('of many calls at once, is had by exactly one', async () => {
    for (let round = 0; round < 10; round++) {
      const folder = await temporaryFolder()
      const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => RunLock.take(folder)))
      const had = outcomes.filter((outcome) => outcome.status === 'fulfilled')
      expect(had).toHaveLength(1)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'RUN_LOCKED' })
      }
      await had[0]!.value.release()
      expect(await readdir(folder)).toEqual([])
    }
  })

  test('leaves one listener with the process, however many folders are locked, and none behind', async () => {
    const listeners = process.listenerCount('exit')
    const locks = await Promise.all(Array.from({ length: 12 }, async () => RunLock.take(await temporaryFolder())))
    expect(process.listenerCount('exit')).toBe(listeners + 1)
    for (const lock of locks) await lock.release()
    expect(process.listenerCount('exit')).toBe(listeners)
  })

  const dead: [string, Partial<ProcessIdentity>][] = [
    ['a process that has ended', { pid: deadPid }],
    ['an earlier boot', { boot: '0123456789ab' }],
  ]
  if (onLinux) dead.push(['an earlier process of the same number', { pid: process.ppid, start: '1' }])

  test.each(dead)('is taken over from %s, whether that had it or tried', async (_, identity) => {
    const folder = await temporaryFolder()
    await leave(folder, identity, 'h')
    await leave(folder, identity, 't')
    await writeFile(join(folder, lockName({ ...own, ...identity })), '')
    const lock = await RunLock.take(folder)
    expect(await readdir(folder)).toHaveLength(1)
    await lock.release()
  })

  test.each([
    ['another host', { host: 'other-host.example', pid: deadPid }],
    ['a host with an odd name', { host: 'a/b-1-2 %', pid: deadPid }],
    ['a container whose processes are not seen from here', { space: '1', pid: deadPid }],
  ])('is never taken over from %s', async (_, identity) => {
    const folder = await temporaryFolder()
    const name = await leave(folder, identity, 'h')
    const { host, pid } = { ...own, ...identity }
    expect(await failureOf(RunLock.take(folder))).toMatchObject({
      code: 'RUN_LOCKED',
      details: { host, pid, since: '2026-01-02T03:04:05.678Z', file: join(folder, name) },
    })
    expect(await readdir(folder)).toEqual([name])
    await rm(join(folder, name))
    await (await RunLock.take(folder)).release()
  })

  test('waits for one that tries before it, as long as that may still give up', async () => {
    const folder = await temporaryFolder()
    // Of this very process, so alive; its name comes first.
    const rival = `${lockName(own).slice(0, -8)}00000000`
    await writeFile(join(folder, rival), 't')
    const taken = RunLock.take(folder)
    const outcome = await Promise.race([taken, new Promise((resolve) => setTimeout(resolve, 200, 'waits'))])
    expect(outcome).toBe('waits')
    await rm(join(folder, rival))
    await (await taken).release()
  })

  test('does not wait for ever for one that stands still as it tries', async () => {
    const folder = await temporaryFolder()
    await leave(folder, { host: 'other-host.example' }, 't')
    expect(await failureOf(RunLock.take(folder, 300))).toMatchObject({
      code: 'RUN_LOCKED',
      details: { host: 'other-host.example' },
    })
  })

  test('minds no other files', async () => {
    const folder = await temporaryFolder()
    const names = ['journal', 'lock', 'lock-', 'lock-x-1-2-3-4', 'package-lock.json']
    for (const name of names) await writeFile(join(folder, name), 'h')
    const lock = await RunLock.take(folder)
    await lock.release()
    expect(await readdir(folder)).toEqual(names.toSorted())
  })
})

describe('mayBeAlive', () => {
  test.skipIf(!onLinux)('says no of a process that has ended and whose parent has not asked', async () => {
    // The shell becomes a program that never asks how its child ended.
    const parent = spawn('/bin/sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void parent.kill('SIGKILL'))
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))))
    while (!(await isZombie(pid))) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await mayBeAlive({ ...own, pid, start: await startOf(pid) }, own)).toBe(false)
  })

  test('says yes of a process that lives, where the system does not tell when it started', async () => {
    expect(await mayBeAlive(own, own)).toBe(true)
    expect(await mayBeAlive({ ...own, start: '0' }, own)).toBe(true)
  })
})

async function statOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

async function isZombie(pid: number): Promise<boolean> {
  return (await statOf(pid))[0] === 'Z'
}

async function startOf(pid: number): Promise<string> {
  return (await statOf(pid))[19]!
}
