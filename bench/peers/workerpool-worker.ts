import workerpool from 'workerpool'
import { runContext } from '../workloads.ts'

workerpool.worker({ run: runContext })
