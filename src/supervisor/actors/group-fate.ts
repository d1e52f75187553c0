import type { ActorStrategy } from '../../contract/plan.ts'

/** Which members of a group share the fate of one, itself among them, in the order in which they started. */
export function sharesFate<Member>(members: readonly Member[], failed: Member, strategy: ActorStrategy): Member[] {
  const at = members.indexOf(failed)
  if (strategy === 'one_for_one' || at < 0) return [failed]
  return members.slice(strategy === 'one_for_all' ? 0 : at)
}
