import { describe, expect, test } from 'vitest'
import { type Outcome, Supervisor } from 'troupe'
import { Gate } from '../fixtures/gate.ts'
import { failureOf } from '../fixtures/supervised.ts'
import { valueOf } from './batches.ts'
import { inCleanProcess } from './clean-process.ts'
import { ConfigFolder } from './config-folder.ts'
import { nextEvent } from './next-event.ts'

const component = (version: number) => `
import { setTimeout as sleep } from 'node:timers/promises'
export class Versioned {
  async execute({ data }, scope) {
    scope.progress(0)
    if (data?.crash) process.exit(3)
    if (data?.ms) await sleep(data.ms)
    if (data?.gate) await Atomics.waitAsync(new Int32Array(data.gate), 0, 0).value
    return { version: ${version}, shared: data?.shared && scope.shared(data.shared) }
  }
}`
const configOf = (more: object = {}) => ({
  pools: { default: { workers: 2, max_restarts: 1 } },
  // Loaded ahead, since a worker reads a component file when it first needs it.
  services: { it: { module: './component.mjs', class: 'Versioned', preload: true }, ...more },
})
const it = (data?: object) => ({ service_id: 'it', data })
const versionsOf = (outcomes: readonly Outcome[]) =>
  outcomes.map((outcome) => valueOf<{ readonly version: number }>(outcome).version)

/** Starts from a folder whose component says 1; what is left afterwards is a failure. */
async function reloading(row: (supervisor: Supervisor, folder: ConfigFolder) => Promise<void>): Promise<void> {
  const folder = new ConfigFolder()
  try {
    folder.write('component.mjs', component(1))
    const file = folder.write('services.json', configOf())
    await inCleanProcess(async () => {
      const supervisor = await Supervisor.start(file, { logLevel: 'silent' })
      try {
        await row(supervisor, folder)
      } finally {
        expect((await supervisor.close({ timeoutMs: 2_000 })).zombies).toBe(0)
      }
      const { accepted, ok, failed, timedOut, cancelled } = supervisor.stats()
      expect(accepted).toBe(ok + failed + timedOut + cancelled)
    })
  } finally {
    folder.remove()
  }
}

/** Resolves once the workers of the version before have gone. */
function replaced(supervisor: Supervisor, workers = 2): Promise<unknown> {
  let left = workers
  return nextEvent(supervisor, 'worker:exited', ({ reason }) => reason === 'drained' && --left === 0)
}

describe('C14 a reload', () => {
  test('of an invalid configuration rejects, and the old one still serves', async () => {
    await reloading(async (supervisor, folder) => {
      const running = supervisor.executeMany(Array.from({ length: 100 }, () => it({ ms: 2 })))
      const bad: [unknown, string][] = [
        ['{', 'CONFIG_INVALID'],
        [{ services: { it: { modul: './component.mjs', class: 'Versioned' } } }, 'CONFIG_INVALID'],
        [{ services: { it: { module: '../component.mjs', class: 'Versioned' } } }, 'COMPONENT_PATH_FORBIDDEN'],
        [{ ...configOf(), middleware: [{ name: 'guard', module: './absent.mjs' }] }, 'MIDDLEWARE_ERROR'],
        [configOf({ bad: { module: './absent.mjs', class: 'Absent', preload: true } }), 'COMPONENT_LOAD_FAILED'],
      ]
      for (const [content, code] of bad) {
        folder.write('services.json', content)
        expect(await failureOf(supervisor.reload())).toMatchObject({ code, outcome: 'not_started' })
      }
      expect(versionsOf(await running)).toEqual(Array.from({ length: 100 }, () => 1))
      expect(await supervisor.execute(it())).toMatchObject({ version: 1 })
      expect(supervisor.services().map(({ id }) => id)).toEqual(['it'])
      expect(supervisor.stats().pools).toMatchObject({ default: { workers: 2, restarts: 0 } })
    })
  })

  test('lets what was accepted end on the version that accepted it, and loses nothing', async () => {
    await reloading(async (supervisor, folder) => {
      const before = Array.from({ length: 100 }, () => supervisor.execute(it({ ms: 10 })))
      folder.write('component.mjs', component(2))
      const gone = replaced(supervisor)
      const reload = supervisor.reload()
      const during = supervisor.execute(it())
      await reload
      expect(await supervisor.execute(it())).toMatchObject({ version: 2 })
      for (const one of await Promise.all([...before, during])) expect(one).toMatchObject({ version: 1 })
      await gone
      expect(supervisor.stats()).toMatchObject({ accepted: 102, ok: 102, services: { it: { done: 102 } } })
      expect(supervisor.stats().pools).toMatchObject({ default: { workers: 2, restarts: 0 } })
    })
  })

  test('in the middle of a batch goes on with it on the new version', async () => {
    await reloading(async (supervisor, folder) => {
      folder.write('component.mjs', component(2))
      let settled = 0
      const some = nextEvent(supervisor, 'context:settled', () => ++settled === 100)
      // Until the gate opens, a batch takes in no more than a part of these: the new version is there before its end.
      const gate = new Gate()
      const held = it({ gate: gate.memory })
      const batch = supervisor.executeMany(Array.from({ length: 30_000 }, (_, n) => (n < 1_000 ? it() : held)))
      await some
      await supervisor.reload()
      gate.open()
      const versions = versionsOf(await batch)
      expect(versions).toHaveLength(30_000)
      expect(versions.toSorted((a, b) => a - b)).toEqual(versions)
      expect(new Set(versions)).toEqual(new Set([1, 2]))
    })
  })

  test('takes another configuration, whose modules lie where they did, and drops what it has no more', async () => {
    await reloading(async (supervisor) => {
      await supervisor.execute(it())
      await supervisor.reload({ services: { other: { module: './component.mjs', class: 'Versioned' } } })
      expect(await supervisor.execute({ service_id: 'other' })).toMatchObject({ version: 1 })
      expect(await failureOf(supervisor.execute(it()))).toMatchObject({ code: 'SERVICE_NOT_FOUND' })
      expect(supervisor.stats()).toMatchObject({ accepted: 2, ok: 2, services: { other: { accepted: 1 } } })
      expect(Object.keys(supervisor.stats().services)).toEqual(['other'])
    })
  })

  test('keeps listeners, shared values and quarantines', async () => {
    await reloading(async (supervisor) => {
      await supervisor.share('old', 1)
      const quarantined = nextEvent(supervisor, 'service:quarantined')
      await supervisor.executeMany([it({ crash: true }), it({ crash: true })])
      await quarantined
      const reload = supervisor.reload(configOf({ other: { module: './component.mjs', class: 'Versioned' } }))
      await supervisor.share('meanwhile', 2)
      await reload
      expect(await failureOf(supervisor.execute(it()))).toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
      const settled = nextEvent(supervisor, 'context:settled', ({ serviceId }) => serviceId === 'other')
      for (const [shared, value] of [
        ['old', 1],
        ['meanwhile', 2],
      ] as const) {
        expect(await supervisor.execute({ service_id: 'other', data: { shared } })).toMatchObject({ shared: value })
      }
      expect(await settled).toMatchObject({ ok: true })
      expect(supervisor.stats()).toMatchObject({ services: { it: { quarantines: 1, failed: 2 } } })
    })
  })

  test('waits for the one before it', async () => {
    await reloading(async (supervisor) => {
      const one = supervisor.reload(configOf({ a: { module: './component.mjs', class: 'Versioned' } }))
      const other = supervisor.reload(configOf({ b: { module: './component.mjs', class: 'Versioned' } }))
      await one
      expect(supervisor.services().map(({ id }) => id)).toEqual(['it', 'a'])
      await other
      expect(supervisor.services().map(({ id }) => id)).toEqual(['it', 'b'])
    })
  })

  test('is given up by close, and leaves nothing', async () => {
    await reloading(async (supervisor) => {
      const running = supervisor.execute(it({ ms: 50 }))
      const reload = failureOf(supervisor.reload())
      await new Promise<void>((spawned) => void process.once('worker', () => spawned()))
      expect(await supervisor.close()).toMatchObject({ cutOff: { waiting: 0, running: 0 }, zombies: 0 })
      expect(await reload).toMatchObject({ code: 'SHUTTING_DOWN' })
      expect(await running).toMatchObject({ version: 1 })
    })
  })

  test('leaves to close what still runs on the version before', async () => {
    await reloading(async (supervisor) => {
      let running: Promise<unknown> = Promise.resolve()
      await new Promise<void>((runs) => {
        running = failureOf(supervisor.execute(it({ ms: 60_000 }), { onProgress: () => runs() }))
      })
      await supervisor.reload()
      expect(supervisor.stats().services['it']).toMatchObject({ running: 1 })
      expect(await supervisor.close({ timeoutMs: 100 })).toMatchObject({ cutOff: { waiting: 0, running: 1 } })
      expect(await running).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'unknown' })
    })
  })
})
