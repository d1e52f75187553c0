// What the number that goes with the row of a result says of it.
export const VALUE = 0
/** It is the error that the context's execution ended with. */
export const FAILURE = 1
