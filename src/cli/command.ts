import { Command, InvalidArgumentError, Option } from 'commander'
import { createRequire } from 'node:module'
import { exitCodeOf } from './exit-code.ts'
import { failureJson } from './failure-json.ts'
import { failureText } from './failure-text.ts'
import { jsonText } from './json-text.ts'
import { writeStderr, writeStdout } from './standard-streams.ts'
import { endHeldThreads } from './supervised.ts'

/** What every command understands. */
export interface CommonOptions {
  readonly config: string
  readonly json?: boolean
}

/** One option as commander reads it: flags, description, and how to parse its text. */
export interface CommandOption {
  readonly flags: string
  readonly description: string
  readonly parse?: (text: string) => unknown
  readonly required?: boolean
}

/** One command of `troupe`. `run` resolves with the exit code; what it throws is printed, and decides the exit code. */
export interface CommandDefinition<Options extends CommonOptions = never> {
  /** The command it is a part of, such as `bench` in `troupe bench service`. */
  readonly group?: { readonly name: string; readonly description: string }
  readonly name: string
  readonly description: string
  readonly argument?: { readonly name: string; readonly description: string }
  readonly options: readonly CommandOption[]
  readonly run: (options: Options, argument: string) => Promise<number>
}

/** Reads the text of an option as a whole number within bounds. */
export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`Not a whole number from ${minimum} to ${maximum}.`)
    }
    return value
  }
}

/** Reads the text of an option as one of several names. */
export function oneOf<Name extends string>(names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const name = names.find((candidate) => candidate === text)
    if (name === undefined) throw new InvalidArgumentError(`Not one of ${names.join(', ')}.`)
    return name
  }
}

/** Runs the command that the process's arguments name, and sets the exit code; the process then ends by itself. */
export async function runProgram(commands: readonly CommandDefinition[]): Promise<void> {
  const { version } = createRequire(import.meta.url)('troupe/package.json') as { version: string }
  const program = new Command('troupe')
    .description('Runs the services of services.json on every core of this machine')
    .version(version)
    .showHelpAfterError('(add --help for what there is)')
  for (const definition of commands) {
    groupOf(program, definition).addCommand(toCommand(definition).copyInheritedSettings(program))
  }
  await program.parseAsync()
  await endHeldThreads()
}

function groupOf(program: Command, { group }: CommandDefinition): Command {
  if (group === undefined) return program
  const known = program.commands.find((command) => command.name() === group.name)
  return known ?? program.command(group.name).description(group.description)
}

function toCommand(definition: CommandDefinition): Command {
  const command = new Command(definition.name).description(definition.description)
  if (definition.argument !== undefined) {
    command.argument(`<${definition.argument.name}>`, definition.argument.description)
  }
  for (const { flags, description, parse, required } of definition.options) {
    const option = new Option(flags, description).makeOptionMandatory(required === true)
    command.addOption(parse === undefined ? option : option.argParser(parse))
  }
  command.option('--config <file>', 'the configuration', 'services.json')
  command.option('--json', 'print JSON for programs instead of text for people')
  command.action(async () => {
    const options: CommonOptions = command.opts()
    process.exitCode = await settle(options, () => definition.run(options as never, command.args[0] ?? ''))
  })
  return command
}

async function settle({ json }: CommonOptions, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    await writeStderr(failureText(error))
    // stdout may be what failed; the exit code and stderr have said it by then.
    if (json) await writeStdout(`${jsonText({ error: failureJson(error) })}\n`).catch(() => {})
    return exitCodeOf(error)
  }
}
