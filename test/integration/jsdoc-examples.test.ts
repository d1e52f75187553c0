import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as component from 'troupe/component'
import * as main from 'troupe'
import { beforeAll, expect, test } from 'vitest'
import { sourceFiles } from '../source-file.ts'
import { fixture } from '../fixtures/supervised.ts'

const run = promisify(execFile)
const root = fixture('../..')

interface Example {
  /** The file that it stands in, and its place among those of the file. */
  readonly name: string
  readonly code: string
}

/** The code of every `@example` below src. */
async function findExamples(): Promise<Example[]> {
  const found = await Promise.all(
    sourceFiles('src').map(async ({ path }) => {
      const blocks = (await readFile(join(root, path), 'utf8')).matchAll(/@example\n +\* ```ts\n(.*?)\n +\* ```/gs)
      return Array.from(blocks, ([, text = ''], index): Example => {
        return { name: `${path} ${index + 1}`, code: text.replaceAll(/^ +\* ?/gm, '') }
      })
    }),
  )
  return found.flat()
}

const AT_ONCE = 3

let examples: readonly Example[]

beforeAll(async () => void (examples = await findExamples()))

test('every function and class of the doors has an example', async () => {
  const names = new Set(Object.keys({ ...main, ...component }))
  expect(names.size).toBeGreaterThan(3)
  for (const { path } of sourceFiles('src')) {
    const text = await readFile(join(root, path), 'utf8')
    for (const [, doc = '', name = ''] of text.matchAll(
      /\/\*\*((?:(?!\*\/).)*?)\*\/\n(?:\/\/[^\n]*\n)*export (?:async )?(?:function|class) (\w+)/gs,
    )) {
      if (doc.includes('@example')) names.delete(name)
    }
  }
  expect([...names]).toEqual([])
})

test('the examples are right for the compiler, and run', { timeout: 120_000 }, async () => {
  // Inside the package, so that it and its dependencies are found by name.
  const folder = await mkdtemp(join(root, 'test/fixtures/.examples-'))
  try {
    const files = examples.map((_, index) => `example-${index}.ts`)
    for (const [index, file] of files.entries()) await writeFile(join(folder, file), `${examples[index]!.code}\n`)
    const services = { echo: { module: 'troupe:echo', class: 'Echo' } }
    await writeFile(join(folder, 'services.json'), JSON.stringify({ services }))
    const options = { noEmit: true, skipLibCheck: true, rootDir: root }
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: options, include: ['*.ts'] }),
    )
    const compiled = await run('npx', ['tsc', '-p', folder], { cwd: root }).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    )
    expect(compiled).toBe('')
    // A few at a time: each starts threads, which have ten seconds to come up.
    const left = [...files.entries()]
    const runLeft = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const [index, file] = next
        const failed = await run(process.execPath, ['--import', 'tsx', file], { cwd: folder, timeout: 30_000 }).then(
          () => '',
          ({ stderr }: { stderr: string }) => stderr,
        )
        expect([examples[index]!.name, failed]).toEqual([examples[index]!.name, ''])
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, runLeft))
  } finally {
    await rm(folder, { recursive: true })
  }
})
