import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../fixtures/node-program.ts'
import { fixture, temporaryFolder } from '../fixtures/supervised.ts'

/** A process that takes and gives back locks as it is told. */
class Locker {
  readonly #child = spawn(process.execPath, [fixture('journal/locker.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] })
  readonly #answers: AsyncIterator<string>
  readonly ended: Promise<unknown>

  constructor() {
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    this.ended = new Promise((resolve) => this.#child.once('exit', resolve))
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  async tell(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`)
    return (await this.#answers.next()).value as string
  }

  /** Ends it: at once, or by itself as `exit` lets it. */
  async end(how: 'SIGKILL' | 'exit'): Promise<void> {
    if (how === 'SIGKILL') this.#child.kill(how)
    else this.#child.stdin.write('exit\n')
    await this.ended
  }
}

const count = 20

test('B07 of twenty processes that want a run at once, exactly one gets it, and the next when it dies', async () => {
  const lockers = Array.from({ length: count }, () => new Locker())
  // Each is up before the first round.
  await Promise.all(lockers.map((locker) => locker.tell('release')))
  for (let round = 0; round < 6; round++) {
    const folder = await temporaryFolder()
    const takeAll = () => Promise.all(lockers.map((locker) => locker.tell(`take ${folder}`)))
    const expectOne = (answers: readonly string[]) =>
      expect(answers.toSorted()).toEqual([...Array.from({ length: count - 1 }, () => 'RUN_LOCKED'), 'held'])
    const answers = await takeAll()
    expectOne(answers)
    const holder = answers.indexOf('held')
    if (round % 3 === 0) {
      await lockers[holder]!.tell('release')
      expect(await readdir(folder)).toEqual([])
    } else {
      await lockers[holder]!.end(round % 3 === 1 ? 'SIGKILL' : 'exit')
      // One that ends in order takes its file away; that of one that is killed is there.
      expect(await readdir(folder)).toHaveLength(round % 3 === 1 ? 1 : 0)
      lockers[holder] = new Locker()
      await lockers[holder].tell('release')
      const next = await takeAll()
      expectOne(next)
      await lockers[next.indexOf('held')]!.tell('release')
    }
  }
}, 120_000)

test('B07 processes that take a lock and give it back, again and again, never have it at the same time', async () => {
  const folder = await temporaryFolder()
  const programs = Array.from({ length: 6 }, () => runProgram([fixture('journal/lock-churner.mjs'), folder, '12']))
  for (const { code, stdout, stderr } of await Promise.all(programs)) {
    expect([code, stdout, stderr]).toEqual([0, 'done\n', ''])
  }
  expect(await readdir(folder)).toEqual([])
}, 60_000)
