import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

const services = { orphan: { module: './shutdown/shutdown.mjs', class: 'Orphan' } }

test('W14 an error on an idle pool is an event, a count and a new worker, and no crash', async () => {
  await withTail({ services }, { root: resolve('test/fixtures'), workers: 1 }, async (supervisor) => {
    const orphan = nextEvent(supervisor, 'orphan:error')
    const restarted = nextEvent(supervisor, 'worker:restarted')
    await supervisor.execute({ service_id: 'orphan', request_id: 'r' })
    expect(await orphan).toMatchObject({ pool: 'default', worker: 1, error: { message: 'nobody awaits this' } })
    await restarted
    expect(supervisor.stats()).toMatchObject({ orphanErrors: 1, pools: { default: { workers: 1, restarts: 1 } } })
  })
})
