import { describe, expect, it } from 'vitest'
import { createFolder, services, troupe } from './command-line.ts'

const step = { module: './components.mjs', class: 'Echo' }

describe('troupe services', () => {
  it('prints a table with pool, engine, components and middleware', async () => {
    const config = {
      middleware: [{ use: 'logging' }],
      services: { ...services, valuation: { steps: [{ ...step, name: 'first' }, step] } },
    }
    const ran = await troupe(await createFolder({ 'services.json': JSON.stringify(config) }), 'services')
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/^SERVICE +POOL +ENGINE +COMPONENTS +MIDDLEWARE$/m)
    expect(ran.stdout).toMatch(/^echo +default +threads +\.\/components\.mjs#Echo +.*logging/m)
    expect(ran.stdout).toMatch(/valuation +default +threads +first: .*#Echo → step_2: .*#Echo/)
  })

  it('prints an array with --json', async () => {
    const ran = await troupe(await createFolder(), 'services', '--json')
    expect((JSON.parse(ran.stdout) as { id: string }[]).map(({ id }) => id)).toEqual(Object.keys(services))
  })
})

describe('troupe check', () => {
  it('reports every service and exits 0 where all load', async () => {
    const ran = await troupe(await createFolder(), 'check')
    expect(ran.code).toBe(0)
    for (const id of Object.keys(services)) expect(ran.stdout).toMatch(new RegExp(`^ok +${id}$`, 'm'))
  })

  it('reports each component that does not load, and exits 1', async () => {
    const config = {
      services: {
        good: step,
        absent: { module: './absent.mjs', class: 'Absent' },
        mixed: { steps: [step, { module: './components.mjs', class: 'NoSuchClass' }] },
      },
    }
    const folder = await createFolder({ 'services.json': JSON.stringify(config) })
    const ran = await troupe(folder, 'check')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toMatch(/^ok +good$/m)
    expect(ran.stdout).toMatch(/^failed {2}absent\n.*\n +COMPONENT_LOAD_FAILED/m)
    expect(ran.stdout).toMatch(/NoSuchClass/)
    expect(ran.stdout).toMatch(/3 services: 2 failed/)
    const json = await troupe(folder, 'check', '--json')
    expect(json.code).toBe(1)
    const report = JSON.parse(json.stdout) as { ok: boolean; services: { id: string; ok: boolean }[] }
    expect(report.services.map(({ id, ok }) => [id, ok])).toEqual([
      ['good', true],
      ['absent', false],
      ['mixed', false],
    ])
  })

  it.each(['check', 'services'])(
    '%s prints every problem of a configuration by its place, and exits 1',
    async (command) => {
      const config = { services: { one: { ...step, timout_ms: 5 }, two: { steps: [{ module: './components.mjs' }] } } }
      const folder = await createFolder({ 'services.json': JSON.stringify(config) })
      const ran = await troupe(folder, command)
      expect(ran).toMatchObject({ code: 1, stdout: '' })
      expect(ran.stderr).toMatch(/services\.one.*timeout_ms/)
      expect(ran.stderr).toMatch(/services\.two\.steps\[0\]\.class/)
      const json = await troupe(folder, command, '--json')
      expect(json.code).toBe(1)
      expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'CONFIG_INVALID' } })
    },
  )

  it('says where the text of a configuration is no JSON', async () => {
    const ran = await troupe(await createFolder({ 'services.json': '{\n  "services": {' }), 'check')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/CONFIG_INVALID/) as string })
  })
})
