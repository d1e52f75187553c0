import { Supervisor, type CheckReport, type ComponentCheck } from '../index.ts'
import { counted } from './counted.ts'
import type { CommandDefinition, CommonOptions } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { failureJson } from './failure-json.ts'
import { causeText } from './failure-text.ts'
import { jsonText } from './json-text.ts'
import { writeStdout } from './standard-streams.ts'

/** `troupe check`: validates the configuration and loads every component once. */
export const check: CommandDefinition<CommonOptions> = {
  name: 'check',
  description: 'Validate the configuration, load every component once, and report on each',
  options: [],
  async run({ config, json }) {
    const report = await Supervisor.check(config)
    await writeStdout(json ? `${jsonText(reportJson(report))}\n` : reportText(report))
    return report.ok ? exitCodes.done : exitCodes.refused
  },
}

function reportText(report: CheckReport): string {
  const lines = report.warnings.map((warning) => `warning  ${warning}`)
  for (const service of report.services) {
    lines.push(`${service.ok ? 'ok    ' : 'failed'}  ${service.id}`)
    for (const component of service.components) lines.push(...componentLines(component))
  }
  const failed = report.services.filter((service) => !service.ok).length
  lines.push(`${counted(report.services.length, 'service')}: ${failed === 0 ? 'all ok' : `${failed} failed`}`)
  return `${lines.join('\n')}\n`
}

function componentLines({ step, module, class: exportName, error, warnings }: ComponentCheck): string[] {
  const lines = [`        ${step}: ${module}#${exportName}`]
  for (const warning of warnings) lines.push(`          warning: ${warning}`)
  if (error !== undefined) lines.push(`          ${error.code}: ${error.message}`)
  if (error?.cause instanceof Error) lines.push(`          cause: ${causeText(error, 10)}`)
  return lines
}

/** The report with its errors as JSON expresses them. */
function reportJson(report: CheckReport): unknown {
  const services = report.services.map((service) => ({
    ...service,
    components: service.components.map(({ error, ...component }) => ({
      ...component,
      ...(error && { error: failureJson(error) }),
    })),
  }))
  return { ...report, services }
}
