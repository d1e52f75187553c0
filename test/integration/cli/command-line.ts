import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The command as it is installed. */
export const main = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))

const components = `
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export class Echo {
  execute({ data, request_id, label }) {
    return { data: data ?? null, request_id, label: label ?? null }
  }
}
export class Picky {
  execute({ data }) {
    if (data.fail) throw new RangeError('cannot take ' + data.n)
    return { n: data.n }
  }
}
export class Slow {
  async execute({ data }) {
    writeFileSync('started', '')
    await sleep(data.ms)
    return { ms: data.ms }
  }
}
export class Busy {
  execute() {
    writeFileSync('started', '')
    for (;;);
  }
}
export class Stuck {
  execute() {
    writeFileSync('started', '')
    readFileSync('pipe')
  }
}
export class Crash {
  execute() {
    process.exit(3)
  }
}
export class Random {
  execute(context, scope) {
    return { uniform: scope.random() }
  }
}
export class Returns {
  execute({ data }) {
    const deep = {}
    let innermost = deep
    for (let level = 0; level < 1200; level += 1) innermost = innermost.inner = {}
    const circular = { name: 'circular' }
    circular.self = circular
    return {
      'typed array': { prices: new Float64Array([1.5, 2]) },
      date: { at: new Date(0) },
      nothing: undefined,
      'undefined field': { a: undefined, b: 1 },
      bigint: { ids: [1n] },
      map: { index: new Map([[1, 2]]) },
      set: [new Set([1])],
      nan: { 'a b': [1, NaN] },
      infinity: Infinity,
      'nan in a typed array': { prices: new Float64Array([1, 2, 3, NaN]) },
      'undefined item': [1, undefined],
      'invalid date': { at: new Date(NaN) },
      deep,
      circular,
    }[data]
  }
}
`

const classes = {
  echo: 'Echo',
  picky: 'Picky',
  slow: 'Slow',
  busy: 'Busy',
  stuck: 'Stuck',
  crash: 'Crash',
  random: 'Random',
  returns: 'Returns',
}

/** The services of every folder that `createFolder` makes. */
export const services = Object.fromEntries(
  Object.entries(classes).map(([id, name]) => [id, { module: './components.mjs', class: name }]),
)

/** A folder with a `services.json`, its components, and `files`; gone when the test has finished. */
export async function createFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const all = {
    'components.mjs': components,
    'services.json': JSON.stringify({ pools: { default: { workers: 1 } }, services }),
    ...files,
  }
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text)
  return folder
}

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts `troupe` in a folder; it is killed with the test. */
export function start(folder: string, ...args: readonly string[]): ChildProcessWithoutNullStreams {
  return follow(spawn(process.execPath, [main, ...args], { cwd: folder }))
}

/** Starts a shell line in which `$troupe` stands for the command. */
export function startShell(folder: string, line: string): ChildProcessWithoutNullStreams {
  const env = { ...process.env, troupe: `${process.execPath} ${main}` }
  return follow(spawn('bash', ['-c', line], { cwd: folder, env }))
}

function follow(child: ChildProcessWithoutNullStreams): ChildProcessWithoutNullStreams {
  onTestFinished(() => void child.kill('SIGKILL'))
  // A command that refuses its arguments does not read its input.
  child.stdin.on('error', () => {})
  return child
}

/** Collects what a command prints until it has ended. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...how) => resolve(how))
  })
  return { code, signal, stdout, stderr }
}

/** What a command says itself, without the records of the log. */
export function said({ stderr }: Ended): string {
  return stderr.replaceAll(/^\{.*\}\n/gm, '')
}

/** Resolves once a command has said something on stderr. */
export function saying(child: ChildProcessWithoutNullStreams, what: RegExp): Promise<void> {
  let heard = ''
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (piece: string) => {
      heard += piece
      if (what.test(heard)) resolve()
    })
    child.on('close', () => reject(new Error(`It ended without saying ${what}: ${heard}`)))
  })
}

/** Runs `troupe` in a folder, without input. */
export function troupe(folder: string, ...args: readonly string[]): Promise<Ended> {
  return troupeReading('', folder, ...args)
}

/** Runs `troupe` in a folder with `input` as its stdin. */
export async function troupeReading(
  input: string | Uint8Array,
  folder: string,
  ...args: readonly string[]
): Promise<Ended> {
  const child = start(folder, ...args)
  child.stdin.end(input)
  return ended(child)
}

/** The values of a JSONL file. */
export async function readLines(folder: string, name: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(folder, name), 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
