import { defineConfig } from 'vitest/config';

/** The main journey on real model servers; one after another, since each answer wants the whole machine. */
export default defineConfig({
  test: {
    include: ['tests/live/**/*.test.ts'],
    globalSetup: ['tests/setup/global.ts'],
    environment: 'node',
    expect: { requireAssertions: true },
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
