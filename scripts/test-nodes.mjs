// Runs the integration tests on the newest release of each Node major version that is supported.
// Usage: npm run test:nodes [-- --only 24]; build first.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const majors = ['20', '22', '24', '26']

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } })
const unknown = (values.only ?? []).filter((major) => !majors.includes(major))
if (unknown.length > 0) throw new RangeError(`--only ${unknown.join(', ')} is not one of ${majors.join(', ')}`)

// What no version of Node changes, and takes long.
const left = ['test/integration/experiments.test.ts']

const root = resolve(import.meta.dirname, '..')
const cache = join(root, 'node_modules', '.cache', 'nodes')

const passed = (values.only ?? majors).map(runOn)
process.exitCode = passed.every(Boolean) ? 0 : 1

/** Whether the integration tests pass on this major version; prints one line. */
function runOn(major) {
  const node = installNode(major)
  if (node === undefined) return report(major, 'could not be installed')
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()

  const results = join(cache, `${major}.json`)
  rmSync(results, { force: true })
  const excluded = left.flatMap((file) => ['--exclude', file])
  const args = [
    '--project',
    'integration',
    ...excluded,
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${results}`,
  ]
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  // Test processes, and the processes that they start, are this Node too: all are started as process.execPath.
  const { status, stdout, stderr } = spawnSync(node, [vitest, 'run', ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) process.stdout.write(`${stdout}${stderr}\n`)
  if (!existsSync(results)) return report(version, 'vitest did not finish')
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(results, 'utf8'))
  report(version, `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests + numTodoTests} skipped`)
  return status === 0 && numPassedTests > 0
}

/**
 * The binary of the newest release of a major version, from npm: what the package `node` would install for this
 * platform, without its install script. npm is asked each time, since there may be a newer one; where it cannot be
 * reached, what was installed before has to do.
 */
function installNode(major) {
  const folder = join(cache, major)
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  mkdirSync(folder, { recursive: true })
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    `${name}@${major}`,
  ]
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32' })
  if (status !== 0) process.stderr.write(stderr)
  return existsSync(binary) ? binary : undefined
}

function report(version, text) {
  console.log(`node ${version}: ${text}`)
  return false
}
