import type { ServiceSummary } from '../index.ts'
import type { CommandDefinition, CommonOptions } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { jsonText } from './json-text.ts'
import { writeStdout } from './standard-streams.ts'
import { supervised } from './supervised.ts'
import { textTable } from './text-table.ts'

/** `troupe services`: lists what the configuration registers. */
export const services: CommandDefinition<CommonOptions> = {
  name: 'services',
  description: 'List the services, their components and middleware',
  options: [],
  async run({ config, json }) {
    const summaries = await supervised(config, { workers: 1 }, undefined, async (supervisor) => supervisor.services())
    await writeStdout(json ? `${jsonText(summaries)}\n` : serviceTable(summaries))
    return exitCodes.done
  },
}

function serviceTable(summaries: readonly ServiceSummary[]): string {
  const rows = summaries.map((service) => [
    service.id,
    service.pool,
    service.engine,
    service.steps.map((step) => stepText(step, service.stepped)).join(' → '),
    [...service.middleware.supervisor, ...service.middleware.worker].join(' → '),
  ])
  return textTable(['SERVICE', 'POOL', 'ENGINE', 'COMPONENTS', 'MIDDLEWARE'], rows)
}

function stepText(step: ServiceSummary['steps'][number], isStepped: boolean): string {
  const component = `${step.module}#${step.class}`
  return isStepped ? `${step.name}: ${component}` : component
}
