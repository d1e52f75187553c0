import { checkValue, type Execute } from '../drive.ts'
import { iterationsPerMillisecond, spinContext, spinning } from '../spin.ts'

/** Has every worker do some work, and prints the resident memory of the process in MB. */
export async function reportResident(workers: number, execute: Execute): Promise<void> {
  // Long enough that no worker gets them all.
  const iterations = 10 * iterationsPerMillisecond()
  const contexts = Array.from({ length: 8 * workers }, (_, index) => spinContext(index, iterations))
  await Promise.all(contexts.map(async (context) => checkValue(spinning, context, await execute(context))))
  await new Promise((resolve) => setTimeout(resolve, 300))
  globalThis.gc!()
  process.stdout.write(`${process.memoryUsage.rss() / 1e6}\n`, () => process.exit(0))
}
