/** Beyond so many digits a column is easier to read in powers of ten. */
const mostDigits = 12

/**
 * Numbers of one column with as many decimals as show six digits of the greatest and three of the least; `null`, and
 * whatever is not finite, as a dash.
 */
export function numberColumn(
  values: readonly (number | null | undefined)[],
): (value: number | null | undefined) => string {
  const sizes = values.filter(isShown).map(Math.abs)
  const greatest = sizes.reduce((most, size) => Math.max(most, size), 0)
  const least = sizes.filter((size) => size > 0).reduce((fewest, size) => Math.min(fewest, size), greatest)
  if (greatest === 0) return (value) => (isShown(value) ? String(value) : '–')
  const decimals = sizes.every(Number.isInteger) ? 0 : Math.max(5 - exponentOf(greatest), 2 - exponentOf(least), 0)
  const isWide = decimals + Math.max(exponentOf(greatest), 0) > mostDigits
  return (value) => {
    if (!isShown(value)) return '–'
    if (isWide) return value.toPrecision(6)
    return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  }
}

function isShown(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function exponentOf(size: number): number {
  return Math.floor(Math.log10(size))
}
