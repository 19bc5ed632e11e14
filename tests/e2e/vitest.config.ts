import { defineConfig } from 'vitest/config';

/** Journeys in a real browser, each against a Gatehouse of its own: one after the other, since each wants the whole machine. */
export default defineConfig({
  test: {
    include: ['tests/e2e/**/*.test.ts'],
    environment: 'node',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
    passWithNoTests: true,
  },
});
