/** A whole number that fits a machine word needs no memory of its own. There is no -0 among those. */
export function compact(number: number): number {
  const whole = number | 0
  return whole === number && (whole !== 0 || 1 / number > 0) ? whole : number
}
