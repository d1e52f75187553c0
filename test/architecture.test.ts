import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type SourceFile, sourceFiles } from './source-file.ts'

// Which room may import which. A room is a folder of `src`, or one of the few files and folders that stand alone; a
// room that is not in this table may import nothing but itself. Type imports count.

const files = sourceFiles('src', 'workers', 'components')

const rooms: Readonly<Record<string, readonly string[]>> = {
  // The law: its siblings only.
  'src/contract': [],
  // Mechanisms for either thread, and mathematics.
  'src/kernel': ['src/contract'],
  'src/numerics': ['src/contract'],
  // Siblings see of each other what is meant to be seen, never their insides.
  'src/supervisor': ['src/contract', 'src/kernel', 'src/numerics', 'src/engine/engine.ts', 'src/middleware/stock.ts'],
  'src/experiment': ['src/contract', 'src/kernel', 'src/numerics', 'src/engine/engine.ts'],
  'src/worker': ['src/contract', 'src/kernel', 'src/numerics', 'src/middleware/stock.ts'],
  'src/middleware': ['src/contract', 'src/kernel', 'src/numerics'],
  'src/engine': ['src/contract', 'src/kernel'],
  'src/engine/inline': ['src/contract', 'src/kernel', 'src/engine/engine.ts', 'src/worker/index.ts'],
  'src/engine/threads': ['src/contract', 'src/kernel', 'src/engine/engine.ts'],
  'src/engine/cluster': ['src/contract', 'src/kernel', 'src/engine/engine.ts'],
  // The doors.
  'src/index.ts': ['src/contract', 'src/supervisor', 'src/engine', 'src/experiment'],
  'src/component.ts': ['src/contract', 'src/kernel', 'src/numerics'],
  // They come in by the door, like any user.
  'src/server': ['src/index.ts'],
  'src/cli': ['src/index.ts'],
  workers: ['src/worker/index.ts'],
  // Numerics are pure, as a component's own code is.
  components: ['src/component.ts', 'src/numerics'],
}

/** One vendor, one file; of schemas, one for each kind of file that people write. A package that is not here is not to be imported. */
const vendors: Readonly<Record<string, string | readonly string[]>> = {
  '@observablehq/plot': 'src/experiment/outputs/report/drawing.ts',
  comlink: 'src/kernel/comlink.ts',
  commander: 'src/cli/command.ts',
  'csv-parse': 'src/experiment/csv-table.ts',
  'hyparquet-writer': 'src/experiment/outputs/parquet-rows.ts',
  'jsonc-parser': 'src/kernel/json-file.ts',
  leven: 'src/kernel/nearest-name.ts',
  linkedom: 'src/experiment/outputs/report/drawing.ts',
  'lru-cache': 'src/middleware/cache.ts',
  pino: 'src/supervisor/logger.ts',
  piscina: 'src/engine/threads/leased-thread.ts',
  tsx: 'src/kernel/import-module.ts',
  zod: ['src/contract/services-schema.ts', 'src/contract/stock-configs.ts', 'src/experiment/experiment-schema.ts'],
}

const doors = ['src/index.ts', 'src/component.ts']

/** The most special room of the table that `path` lies in. */
function roomOf(path: string): string {
  const names = Object.keys(rooms).filter((room) => path === room || path.startsWith(`${room}/`))
  return names.toSorted((a, b) => b.length - a.length)[0] ?? path
}

function isFile(target: string): boolean {
  return /^(?:src|workers|components)\//.test(target)
}

function mayImport(path: string, target: string): boolean {
  const room = roomOf(path)
  if (roomOf(target) === room) return true
  return (rooms[room] ?? []).some((allowed) => target === allowed || target.startsWith(`${allowed}/`))
}

/** The files that are loaded with `path` before it runs: types are erased, and `import()` waits. */
function loadedWith(path: string): ReadonlySet<string> {
  const loaded = new Set<string>()
  const open = [path]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (loaded.has(next)) continue
    loaded.add(next)
    const file = files.find((candidate) => candidate.path === next)
    for (const { target, kind } of file?.imports ?? []) if (kind === 'static') open.push(target)
  }
  return loaded
}

function cycles(): readonly string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    const file = files.find((candidate) => candidate.path === path)
    for (const { target } of file?.imports ?? []) if (isFile(target)) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  return found
}

const offences = (found: (file: SourceFile) => readonly string[]) =>
  files.flatMap((file) => found(file).map((what) => `${file.path}: ${what}`))

describe('imports', () => {
  test('stay in their room, or go where the room may look', () => {
    const strays = offences(({ path, imports }) =>
      imports.filter(({ target }) => isFile(target) && !mayImport(path, target)).map(({ target }) => target),
    )
    expect(strays).toEqual([])
  })

  test('name files that are there, and none outside the rooms', () => {
    const known = new Set(files.map(({ path }) => path))
    const lost = offences(({ imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => target.startsWith('.') || (isFile(target) && !known.has(target))),
    )
    expect(lost).toEqual([])
  })

  test('make no cycle', () => {
    expect(cycles()).toEqual([])
  })

  test('take each vendor in one file', () => {
    const taken = files.flatMap(({ path, imports }) =>
      imports
        .map(({ target }) => /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target)
        .filter((name) => !name.startsWith('node:') && !['src', 'workers', 'components'].includes(name))
        .map((name) => `${name} in ${path}`),
    )
    expect([...new Set(taken)].toSorted()).toEqual(
      Object.entries(vendors).flatMap(([name, paths]) => [paths].flat().map((path) => `${name} in ${path}`)),
    )
  })

  test.each([
    ['workers/lane.ts', ['zod', 'pino', 'tsx', 'comlink', 'piscina', 'src/contract/services-schema.ts']],
    ['src/index.ts', ['zod', 'tsx', 'commander', '@observablehq/plot', 'linkedom', 'hyparquet-writer']],
    ['src/component.ts', ['zod', 'pino', 'piscina', 'node:worker_threads']],
  ])('of %s load none of %j ahead of need', (path, heavy) => {
    const loaded = [...loadedWith(path)]
    expect(loaded.filter((target) => heavy.some((name) => target === name || target.startsWith(`${name}/`)))).toEqual(
      [],
    )
  })

  test('of src/component.ts bring no host code', () => {
    const loaded = [...loadedWith('src/component.ts')].filter(isFile).map(roomOf)
    const host = loaded.filter((room) => /^src\/(?:supervisor|engine|experiment|server|cli|index\.ts)/.test(room))
    expect(host).toEqual([])
  })
})

describe('exports', () => {
  test('are re-exported by the doors alone, by name', () => {
    // What a room shows to its siblings is a door too, if a small one.
    const rest = ['src/worker/index.ts', 'src/experiment/index.ts']
    const barrels = offences(({ path, reexports, exports }) =>
      exports.includes('*') ? ['export *'] : doors.includes(path) || rest.includes(path) ? [] : reexports,
    )
    expect(barrels).toEqual([])
  })

  test.each(doors)('of %s are those that users know', (path) => {
    const door = files.find((file) => file.path === path)
    expect(door?.exports.toSorted()).toMatchSnapshot()
  })
})

describe('files', () => {
  test('have 250 lines at most, and 80 or fewer as a median', () => {
    // Of the door's class, two lines of three are what its users read.
    const limits: Readonly<Record<string, number>> = { 'src/supervisor/supervisor.ts': 380 }
    expect(offences(({ path, lines }) => (lines > (limits[path] ?? 250) ? [`${lines} lines`] : []))).toEqual([])
    const lengths = files.map(({ lines }) => lines).toSorted((a, b) => a - b)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(80)
  })

  test('have names in kebab-case that say what is in them', () => {
    const vague = /(?:^|-)(?:managers?|helpers?|utils?|utilit(?:y|ies)|data|infos?|common|misc)(?:-|$)/
    const misnamed = files
      .map(({ path }) => basename(path, '.ts'))
      .filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) || vague.test(name))
    expect(misnamed).toEqual([])
  })

  test('of numbers take no powers, which differ between versions of Node', () => {
    const powers = offences(({ path, syntax }) =>
      /^(?:src\/numerics|components)\//.test(path) ? ['**', 'Math.pow'].filter((power) => syntax.has(power)) : [],
    )
    expect(powers).toEqual([])
  })

  test('hold no syntax that is more than types', () => {
    const forbidden = ['TSEnumDeclaration', 'TSModuleDeclaration', 'TSParameterProperty', 'Decorator']
    expect(offences(({ syntax }) => forbidden.filter((type) => syntax.has(type)))).toEqual([])
  })
})
