import { basename, dirname, relative } from 'node:path'
import { shellWord } from './shell-word.ts'

/** How this program was called, so that a command it shows can be pasted: `npx troupe`, `node dist/src/cli/main.js`. */
export function invocation(program = process.argv[1] ?? 'troupe', folder = process.cwd()): string {
  if (basename(program) !== 'troupe') return `node ${shellWord(relative(folder, program))}`
  return basename(dirname(program)) === '.bin' ? 'npx troupe' : 'troupe'
}

/** The option that names another configuration than the one that is there by default. */
export function configOption(config: string): string {
  return config === 'services.json' ? '' : ` --config ${shellWord(config)}`
}
