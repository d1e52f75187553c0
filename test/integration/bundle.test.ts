import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import * as main from 'troupe'
import * as component from 'troupe/component'
import { describe, expect, test } from 'vitest'
import { ConfigFolder } from '../faults/config-folder.ts'

const staticImport = /^(?:import|export)\b[^'"]*?(?:from\s*)?(['"])([^'"\n]+)\1/gm

/** The files of the package that are loaded with one of them before it runs, and the packages, in the order of names. */
function loadedWith(entry: string): { files: string[]; packages: string[] } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const open = [entry]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue
    files.add(file)
    for (const [, , target] of readFileSync(file, 'utf8').matchAll(staticImport)) {
      if (target!.startsWith('.')) open.push(join(dirname(file), target!))
      else if (!isBuiltin(target!)) packages.add(target!)
    }
  }
  return { files: [...files].toSorted(), packages: [...packages].toSorted() }
}

describe('the build', () => {
  test.each([
    ['dist/src/index.js', 4],
    ['dist/src/component.js', 2],
    ['dist/workers/lane.js', 4],
  ])('%s is loaded with few files', (entry, most) => {
    const { files, packages } = loadedWith(entry)
    expect(files.length).toBeLessThanOrEqual(most)
    expect(files.length).toBeGreaterThan(1)
    expect(packages.filter((name) => name !== 'leven')).toEqual([])
  })

  test('what components import is loaded without the rest of the runtime, whose changes are none of theirs', () => {
    const { files } = loadedWith('dist/src/component.js')
    expect(files).toEqual(['dist/src/bundle/component.js', 'dist/src/component.js'])
    expect(readFileSync(files[0]!, 'utf8')).not.toMatch(/import\(/)
  })

  test('has one copy of what the doors share', () => {
    expect(component.TroupeError).toBe(main.TroupeError)
    expect(component.transfer).toBe(main.transfer)
  })

  test('has one copy of what the code of users shares with the worker that it runs in', async () => {
    const folder = new ConfigFolder()
    folder.write('throws.mjs', `export class Throws { execute() { throw new Error('broken') } }`)
    folder.write(
      'layer.mjs',
      `import { TroupeError } from ${JSON.stringify(import.meta.resolve('troupe/component'))}
       export default () => (context, next) => next(context).catch((error) => ({ own: error instanceof TroupeError }))`,
    )
    const config = {
      services: { a: { module: './throws.mjs', class: 'Throws' } },
      middleware: [{ name: 'layer', module: './layer.mjs', side: 'worker' }],
    }
    const supervisor = await main.Supervisor.start(config, { root: folder.path, workers: 1 })
    try {
      expect(await supervisor.execute({ service_id: 'a' })).toEqual({ own: true })
    } finally {
      await supervisor.close()
      folder.remove()
    }
  })
})
