import { InvalidArgumentError } from 'commander'

/** Reads the text of an option as a whole number above 0. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Not a whole number above 0.')
  return value
}
