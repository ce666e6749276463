import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Tests run from the sources: the packages' `source` export condition points to src/index.ts, so no build is needed.
const conditions = ['source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['./test/setup.ts'],
    pool: 'forks',
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 20_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    typecheck: {
      enabled: true,
      include: ['**/*.test-d.ts'],
      tsconfig: './tsconfig.test-d.json',
      // `npm run typecheck` reports errors in sources; here only the type tests count.
      ignoreSourceErrors: true,
    },
  },
})
