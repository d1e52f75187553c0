// What comes next in a row that holds a tree, or in a list of leaves. A number is followed by itself, an array by its length and its items, an
// object by the number of its list of keys and by its members.
export const UNDEFINED = 0
export const NULL = 1
export const FALSE = 2
export const TRUE = 3
export const NUMBER = 4
export const TEXT = 5
export const ARRAY = 6
export const OBJECT = 7

/** Of a value that is its own code. */
export function codeOf(value: unknown): number | undefined {
  if (value === undefined) return UNDEFINED
  if (value === null) return NULL
  if (value === true) return TRUE
  return value === false ? FALSE : undefined
}

/** The most objects and lists in one row: larger values are as well served by structured clone. */
export const MAX_OBJECTS = 32
/** The longest list that is written in a row. */
export const MAX_ITEMS = 64
