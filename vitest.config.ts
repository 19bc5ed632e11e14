import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/live/**', 'tests/e2e/**', 'node_modules/**'],
    environment: 'node',
    globalSetup: ['tests/setup/global.ts'],
    // For a machine that has other things to do: what hangs still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Files and the sentences in them stand in no order: each makes what it needs.
    // A sentence that checks nothing is none.
    expect: { requireAssertions: true },
    sequence: { shuffle: true },
  },
});
