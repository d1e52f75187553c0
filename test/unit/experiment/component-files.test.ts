import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { componentHashes } from '../../../src/experiment/component-files.ts'
import { readPlan } from '../../../src/supervisor/service-registry.ts'
import { temporaryFolder } from '../../fixtures/supervised.ts'

const services = { model: { module: './model.js', class: 'Model', config: { scale: 1 } } }

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

async function hashesOf(folder: string, config: object = { services }) {
  return componentHashes(await readPlan(config, { root: folder }), ['model'])
}

it.each([
  ['a static import', `import { rate } from './rates.js'`, 'rates.js'],
  ['an import for its effects', `import './rates.js'`, 'rates.js'],
  ['a re-export', `export * from '../rates.js'`, '../rates.js'],
  ['a dynamic import', `const { rate } = await import('./rates.js')`, 'rates.js'],
  ['an import of JSON', `import rates from './rates.json' with { type: 'json' }`, 'rates.json'],
  ['TypeScript by the name that it will have', `import { rate } from './rates.js'`, 'rates.ts'],
  ['require', `const { rate } = require('./rates.cjs')`, 'rates.cjs'],
  ['require without an extension', `const rates = require('./rates')`, 'rates.json'],
  ['a file beside the module by its URL', `readFileSync(new URL('./rates.csv', import.meta.url))`, 'rates.csv'],
])('componentHashes changes with a file that a component reaches by %s', async (_, line, name) => {
  const folder = await temporaryFolder()
  const module = { services: { model: { ...services.model, module: './models/model.js' } } }
  await write(folder, { 'models/model.js': line, [join('models', name)]: 'one' })
  const before = await hashesOf(folder, module)
  await write(folder, { [join('models', name)]: 'two' })
  const after = await hashesOf(folder, module)
  const changed = Object.keys(after).filter((key) => before[key] !== after[key])
  expect(changed).toEqual([`./models/model.js > ${name}`])
})

it('componentHashes follows imports of imports, and rings of them', async () => {
  const folder = await temporaryFolder()
  await write(folder, {
    'model.js': `import './one.js'`,
    'one.js': `import './two.js'`,
    'two.js': `import './one.js'`,
  })
  expect(Object.keys(await hashesOf(folder))).toEqual([
    'service:model',
    './model.js',
    './model.js > one.js',
    './model.js > two.js',
  ])
})

it('componentHashes changes with the configuration of a service, and not with where the project lies', async () => {
  const [one, other] = [await temporaryFolder(), await temporaryFolder()]
  for (const folder of [one, other]) await write(folder, { 'model.js': `import './one.js'`, 'one.js': '' })
  const here = await hashesOf(one)
  expect(await hashesOf(other)).toEqual(here)
  const rescaled = await hashesOf(one, { services: { model: { ...services.model, config: { scale: 2 } } } })
  expect(rescaled['service:model']).not.toBe(here['service:model'])
  expect(rescaled['./model.js']).toBe(here['./model.js'])
})
