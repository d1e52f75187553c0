const grouped = new Intl.NumberFormat('en-US')
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 })

/** Formats are costly to make, and reports have many numbers but few kinds of them. */
const formats = new Map<string, Intl.NumberFormat>()

/** A whole number with its thousands set off. */
export function countText(count: number): string {
  return grouped.format(count)
}

/** A number in so many significant digits, without zeros that say nothing. */
export function numberText(value: number, digits = 5): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return grouped.format(value).replaceAll('-', '−')
  const rounded = Number(value.toPrecision(digits))
  const size = Math.abs(rounded)
  const text =
    size !== 0 && (size < 1e-4 || size >= 1e9)
      ? rounded.toExponential().replace('e+', 'e')
      : formatOf({ maximumSignificantDigits: digits }).format(rounded)
  return text.replaceAll('-', '−')
}

/** A number to as many decimals as its uncertainty leaves a meaning: two digits of half the width of its interval. */
export function numberTextWithin(value: number, halfWidth: number): string {
  const decimals = 1 - Math.floor(Math.log10(halfWidth))
  if (!(halfWidth > 0) || !Number.isFinite(value) || decimals > 12 || Math.abs(value) >= 1e12) return numberText(value)
  const least = Math.max(decimals, 0)
  return formatOf({ minimumFractionDigits: least, maximumFractionDigits: least }).format(value).replaceAll('-', '−')
}

/** How ticks of an axis from `low` to `high` are written. */
export function tickFormat(low: number, high: number): (value: number) => string {
  const largest = Math.max(Math.abs(low), Math.abs(high))
  // Short forms would all be the same where the axis is but a small part of its numbers.
  const isWide = high - low > largest / 100
  return (value) => {
    if (Math.abs(value) < largest * 1e-12) return '0'
    if (isWide && Math.abs(value) >= 1e5 && Math.abs(value) < 1e15) return compact.format(value).replaceAll('-', '−')
    return numberText(value, isWide ? 4 : 9)
  }
}

/** How long something took, to the digits that matter to people. */
export function timeText(ms: number): string {
  if (ms < 1000) return `${numberText(ms, 3)} ms`
  const seconds = ms / 1000
  if (seconds < 60) return `${numberText(seconds, 3)} s`
  const minutes = Math.floor(seconds / 60)
  const rest = `${Math.floor(seconds % 60)} s`
  return minutes < 60 ? `${minutes} min ${rest}` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function formatOf(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options)
  let format = formats.get(key)
  if (format === undefined) formats.set(key, (format = new Intl.NumberFormat('en-US', options)))
  return format
}
