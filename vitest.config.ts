import { defineConfig } from 'vitest/config'

// Unit tests run on the sources. The others import the built package by its own name, since worker threads load files
// that Vitest does not transform; `npm test` builds first.
export default defineConfig({
  test: {
    pool: 'forks',
    // Most files wait more than they compute.
    maxWorkers: '100%',
    // The built package runs as it is, as it would for a user.
    server: { deps: { external: [/\/dist\/.*\.js$/] } },
    // `npm run types` reports those of all other files.
    typecheck: { ignoreSourceErrors: true },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/*.test.ts'], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: { name: 'faults', include: ['test/faults/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: 'tsconfig.test.json',
          },
        },
      },
    ],
  },
})
