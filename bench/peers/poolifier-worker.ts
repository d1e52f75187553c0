import { ThreadWorker } from 'poolifier'
import type { Context } from '../../src/component.ts'
import { runContext } from '../workloads.ts'

export default new ThreadWorker<Context, unknown>((context) => runContext(context!))
