import { z } from 'zod'
import { type ComponentDefinition, defineComponent } from '../../src/component.ts'
import { workloadOf } from '../workloads.ts'

const plain = workloadOf('plain')
const spinning = workloadOf('spin')

/** The plain workload with a schema for the `validation` middleware. */
export const CheckedPlain: ComponentDefinition = defineComponent({
  input: z.object({ data: z.object({ x: z.number() }) }),
  create: () => ({ execute: (context) => plain.run(context) }),
})

/** Pure computation with a schema. */
export const CheckedSpin: ComponentDefinition = defineComponent({
  input: z.object({ data: z.object({ iterations: z.int().positive(), start: z.int() }) }),
  create: () => ({ execute: (context) => spinning.run(context) }),
})
