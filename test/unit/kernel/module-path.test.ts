import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveModule } from '../../../src/kernel/module-path.ts'

let folder: string
let root: string

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-module-path-')))
  root = join(folder, 'root')
  mkdirSync(join(root, 'components'), { recursive: true })
  mkdirSync(join(root, 'folder.ts'))
  writeFileSync(join(folder, 'outside.ts'), '')
  for (const name of ['echo.ts', 'twice.ts', 'twice.js', 'plain.mjs', 'text.json']) {
    writeFileSync(join(root, 'components', name), '')
  }
  symlinkSync(join(folder, 'outside.ts'), join(root, 'link-out.ts'))
  symlinkSync(folder, join(root, 'out'))
  symlinkSync(join(root, 'components', 'echo.ts'), join(root, 'link-in.ts'))
  symlinkSync(join(root, 'components', 'text.json'), join(root, 'link-json.js'))
  symlinkSync(join(root, 'loop.ts'), join(root, 'loop.ts'))
  symlinkSync(join(root, 'gone.ts'), join(root, 'dangling.ts'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('resolveModule finds', () => {
  test.each([
    ['./components/echo.ts', 'components/echo.ts'],
    ['./components/./echo.ts', 'components/echo.ts'],
    ['components.echo', 'components/echo.ts'],
    ['components.plain', 'components/plain.mjs'],
    ['./link-in.ts', 'components/echo.ts'],
  ])('%s', (specifier, file) => {
    expect(resolveModule(specifier, root)).toEqual({ kind: 'found', file: join(root, file) })
  })

  test('the same file where the root itself is a link', () => {
    symlinkSync(root, join(folder, 'root-link'))
    const found = resolveModule('./components/echo.ts', join(folder, 'root-link'))
    expect(found).toEqual({ kind: 'found', file: join(root, 'components/echo.ts') })
  })
})

describe('resolveModule calls absent', () => {
  test.each([
    ['./components/none.ts', 'components/none.ts'],
    ['./components/echo.ts/none.ts', 'components/echo.ts/none.ts'],
    ['./dangling.ts', 'dangling.ts'],
    ['components.none', 'components/none.{ts,mts,js,mjs}'],
  ])('%s', (specifier, file) => {
    expect(resolveModule(specifier, root)).toEqual({ kind: 'absent', file: join(root, file) })
  })

  test('a bundled component that does not exist', () => {
    const { kind, file } = resolveModule('troupe:no-such-component', root)
    expect(kind).toBe('absent')
    expect(file).toMatch(/[\\/]components[\\/]no-such-component\.ts$/)
  })
})

describe('resolveModule forbids', () => {
  test.each([
    '../outside.ts',
    './../outside.ts',
    './components/../echo.ts',
    './components//echo.ts',
    './/host/x.js',
    '//host/x.js',
    '/etc/passwd',
    'file:///etc/passwd',
    'data:text/javascript,export class X{}',
    'http://127.0.0.1:1/x.js',
    'node:child_process',
    'fs',
    'fs/promises',
    './a%2e%2e/b.js',
    '.\\..\\x.js',
    './a\\b.js',
    './x.js\0.json',
    './x.js\0.js',
    './x.js?y',
    './x.js#y',
    './x.js?y.js',
    './x.cjs',
    './x.json',
    './x',
    './',
    '.',
    '..',
    '',
    ' ./components/echo.ts',
    'components..echo',
    '.components.echo',
    'components.my-echo',
    'troupe:',
    'troupe:../x',
    'troupe:Echo',
    'troupe:a/b',
    './link-out.ts',
    './out/outside.ts',
    './link-json.js',
    './loop.ts',
    './folder.ts',
  ])('%j', (specifier) => {
    expect(() => resolveModule(specifier, root)).toThrow(
      expect.objectContaining({
        code: 'COMPONENT_PATH_FORBIDDEN',
        message: expect.stringContaining(JSON.stringify(specifier)),
      }),
    )
  })
})

test('resolveModule rejects a dotted form that matches two files', () => {
  expect(() => resolveModule('components.twice', root)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('twice.js') }),
  )
})
