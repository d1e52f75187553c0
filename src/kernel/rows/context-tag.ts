// What a lane is told of each context that lies in shared memory, in the number that goes with its row.
const IS_LAST = 1
const AS_ROW = 2
const SERVICE_SHIFT = 2

/** @param isLast Whether it is the last of those that left together. */
export function contextTag(service: number, asRow: boolean, isLast: boolean): number {
  return service * 2 ** SERVICE_SHIFT + (asRow ? AS_ROW : 0) + (isLast ? IS_LAST : 0)
}

export function serviceOfTag(tag: number): number {
  return tag >>> SERVICE_SHIFT
}

/** Whether the result may be left as a row. */
export function isAsRow(tag: number): boolean {
  return (tag & AS_ROW) !== 0
}

export function isLastOfChunk(tag: number): boolean {
  return (tag & IS_LAST) !== 0
}
