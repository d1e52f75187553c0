import { createHash } from 'node:crypto'
import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import { canonicalJson } from './canonical-json.ts'

/** Another one for every change that changes what the same experiment computes. */
const version = 1

/** The SHA-256 of bytes, in hexadecimal. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * The digest of an experiment: the SHA-256 of the canonical JSON of `{ version, plan, files }`, where `files` has the
 * hash of every file that the numbers depend on, by a name that does not depend on where the experiment lies. It does
 * not change with the order of keys, with spaces, or with defaults that are spelled out.
 */
export function experimentDigest(plan: ExperimentPlan, files: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(canonicalJson({ version, plan, files })).digest('hex')
}

/**
 * The SHA-256 of the canonical JSON of a list, hashed item by item: the text of all of them may be longer than a string
 * can be.
 */
export function listDigest(items: readonly unknown[]): string {
  const hash = createHash('sha256').update('[')
  for (const [at, item] of items.entries()) hash.update(`${at > 0 ? ',' : ''}${canonicalJson(item)}`)
  return hash.update(']').digest('hex')
}
