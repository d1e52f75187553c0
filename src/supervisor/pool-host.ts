import type { LaneSetup } from '../contract/plan.ts'
import type { Engine } from '../engine/engine.ts'
import type { Ended } from './interruptions.ts'
import type { LaneVoice } from './lane-voice.ts'
import type { Service } from './service.ts'
import type { Share } from './shares.ts'

/** What a pool needs of the supervisor around it. */
export interface PoolHost {
  readonly engine: Engine
  readonly services: readonly Service[]
  readonly voice: LaneVoice
  /** What every lane is to have before its first context. */
  readonly shares: { readonly all: Iterable<Share> }
  setup(worker: number, preload: readonly number[]): LaneSetup
  /** A service took down too many workers. */
  quarantine(service: Service): void
  /** The probe of a quarantined service ended. */
  probed(service: Service, ended: Ended): void
}
