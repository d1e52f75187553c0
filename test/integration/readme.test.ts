import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../src/contract/errors.ts'
import { markedBlocks, shownCommands } from '../fixtures/readme.ts'
import { fixture, temporaryFolder } from '../fixtures/supervised.ts'

const root = fixture('../..')
const run = promisify(execFile)

const read = (document: string) => readFile(join(root, document), 'utf8')

/** A folder in which the package is installed as `npm install ../troupe` does it. */
async function userFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true })
  await symlink(root, join(folder, 'node_modules/troupe'))
  await symlink(join(root, 'node_modules/zod'), join(folder, 'node_modules/zod'))
  await symlink('../troupe/dist/src/cli/main.js', join(folder, 'node_modules/.bin/troupe'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  return folder
}

/** What a shell prints for a command, with this Node and without asking npm where the command is. */
async function printed(command: string, folder: string): Promise<string> {
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  const script = `npx() { node node_modules/.bin/"$@"; }\n${command}`
  const { stdout } = await run('bash', ['-c', script], { cwd: folder, env: { ...process.env, PATH: path } })
  return stdout
}

describe.each([
  ['README.md', 5],
  ['docs/components.md', 3],
  ['docs/experiments.md', 7],
  ['docs/zero-copy.md', 3],
  ['docs/models.md', 2],
])('%s', (document, least) => {
  test('shows files and commands that work as they are printed', async () => {
    const blocks = markedBlocks(await read(document))
    expect(blocks.length).toBeGreaterThanOrEqual(least)
    const folder = await userFolder()
    for (const { mark, name, text } of blocks) {
      if (mark !== 'file') continue
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    for (const { mark, text } of blocks) {
      if (mark !== 'run') continue
      const commands = shownCommands(text)
      expect(commands).not.toEqual([])
      for (const { command, output } of commands)
        expect([command, await printed(command, folder)]).toEqual([command, output])
    }
  }, 60_000)
})

test.each([
  'README.md',
  'docs/actors.md',
  'docs/command-line.md',
  'docs/components.md',
  'docs/configuration.md',
  'docs/errors.md',
  'docs/experiments.md',
  'docs/models.md',
  'docs/zero-copy.md',
])('%s links to files that are there', async (document) => {
  const text = await read(document)
  for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
    if (target.includes('://')) continue
    expect([target, existsSync(join(root, dirname(document), target))]).toEqual([target, true])
  }
})

test('docs/errors.md lists every code with its outcome', async () => {
  const rows = Array.from((await read('docs/errors.md')).matchAll(/^\| `([A-Z_]+)` +\| `(\w+)` +\| (yes|no) /gm))
  const listed = rows.map(([, code, outcome, retryable]) => [code, { outcome, retryable: retryable === 'yes' }])
  expect(Object.fromEntries(listed)).toEqual(errorCodes)
})

test.each([
  ['docs/configuration.md', 'services.schema.json', 30],
  ['docs/experiments.md', 'experiment.schema.json', 25],
])('%s lists every option of %s', async (document, schema, least) => {
  const text = await read(document)
  const names: string[] = []
  JSON.parse(await read(schema), (key, value: unknown) => {
    if (key === 'properties') names.push(...Object.keys(value as object))
    return value
  })
  expect(names.length).toBeGreaterThan(least)
  // By itself, or in an example.
  expect(
    names.filter((name) => ![`\`${name}\``, `\`${name}: `, `"${name}":`].some((form) => text.includes(form))),
  ).toEqual([])
})
