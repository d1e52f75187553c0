// Prints how many tests passed, failed and were skipped, from the file that Vitest's JSON reporter wrote.
import { readFileSync } from 'node:fs'

const file = process.argv[2] ?? 'tests.json'
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
  readFileSync(file, 'utf8'),
)
console.log(`tests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests + numTodoTests} skipped`)
// A file that could not even be loaded has no tests to fail.
if (numFailedTests > 0 || numFailedTestSuites > 0) process.exitCode = 1
