import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openJournal } from '../../src/experiment/journal/journal-reader.ts'
import { blockAt } from '../../src/numerics/run-layout.ts'
import { streamOfSeed } from '../../src/numerics/random-stream.ts'
import { TrialFolder, trial, trialServices } from '../fixtures/experiments/experiments.ts'
import { OwnProcess } from '../fixtures/experiments/own-process.ts'

const RUNS = 1_000
const CHAINS = 2
const KILLS = 25
const LONGEST_MS = 700

const services = trialServices()
const experiment = ({ ledger }: TrialFolder, outputs = ['summary.json', 'runs.csv']) =>
  trial({ replications: RUNS / 2, block_size: 5, data: { ledger, spin_ms: 1 }, outputs })

/** The runs whose blocks the journal of a folder has. */
async function acknowledged({ out }: TrialFolder): Promise<Set<number>> {
  const runs = new Set<number>()
  const journal = await openJournal(out)
  if (journal === undefined) return runs
  const { layout } = journal.header.plan
  for await (const entry of journal.entries()) {
    if (entry.type !== 'block') continue
    const { from, to } = blockAt(layout, entry.block.index)
    for (let run = from; run < to; run++) runs.add(run)
  }
  return runs
}

const inOrder = Array.from({ length: RUNS }, (_, run) => run)
const ascending = (one: number, other: number) => one - other

/** Kills runs at random moments until it has done so often enough; each goes on until it ends. */
async function chain(seed: number, expected: string): Promise<number> {
  const random = streamOfSeed(2026, seed)
  let kills = 0
  while (kills < KILLS) {
    const folder = await TrialFolder.make()
    const all = new Set<number>()
    for (let isOver = false; !isOver;) {
      const safe = await acknowledged(folder)
      const child = new OwnProcess(services, experiment(folder), { out: folder.out, resume: true })
      if (kills < KILLS) {
        await child.said(({ ready }) => ready === true)
        await Promise.race([sleep(random.random() * LONGEST_MS), child.ended])
        await child.kill()
      }
      isOver = (await child.ended) === 0
      if (!isOver) kills++
      const { started } = folder
      const again = started.filter((run) => safe.has(run))
      expect(again, 'runs that ran again although they were in the journal').toEqual([])
      for (const run of started) all.add(run)
      for (const run of safe) all.add(run)
      // What was said to be done is in the journal, wherever the end came.
      const said = child.lines.findLast(({ progress }) => progress !== undefined)?.progress?.runs ?? 0
      expect((await acknowledged(folder)).size).toBeGreaterThanOrEqual(said)
      folder.forget()
      if (isOver) expect(child.summary!.numbers).toBe(expected)
    }
    expect([...all].toSorted(ascending)).toEqual(inOrder)
    const rows = readFileSync(join(folder.out, 'runs.csv'), 'utf8').trimEnd().split('\n')
    expect(rows).toHaveLength(RUNS + 1)
    rmSync(folder.path, { recursive: true })
  }
  return kills
}

test(
  `B01 a run that is killed at ${CHAINS * KILLS} moments goes on each time, runs nothing again that was acknowledged, and comes to the same numbers`,
  {
    timeout: 240_000,
  },
  async () => {
    const quiet = new OwnProcess(services, experiment(await TrialFolder.make()), {})
    await quiet.ended
    const { numbers } = quiet.summary!
    const kills = await Promise.all(Array.from({ length: CHAINS }, (_, seed) => chain(seed, numbers)))
    expect(kills).toEqual(Array.from({ length: CHAINS }, () => KILLS))
  },
)
