import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { configDefaults, defineConfig } from 'vitest/config'

// Tests run from the sources: the packages' `source` export condition points to src/index.ts, so no build is needed.
const conditions = ['source', 'module', 'node', 'development|production']

const tests = ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts']

/** Run the documents and the examples: `npm run test:documents`. */
export const documents = ['test/snippets.test.ts', 'test/ops-page.test.ts', 'examples/**/*.test.ts']

/** Try loops, solvers, samplers, linear algebra and long programs in every mode and order: `npm run test:loops`. */
export const loops = [
  'packages/core/test/control/loops.test.ts',
  'packages/core/test/graph/widening.test.ts',
  'packages/core/test/compile/{loops,counted-loops,branches,random-loops}.test.ts',
  'packages/core/test/solvers/**/*.test.ts',
  'packages/core/test/ops/linear-algebra/golden.test.ts',
  'packages/core/test/ops/{incomplete,distributions}.test.ts',
  'packages/nn/test/sequence-gradients.test.ts',
]

/**
 * Test the testers: checkers of ops and gradients against planted mistakes, and what they say of the losses: `npm run
 * test:checkers`.
 */
export const checkers = [
  'packages/check/test/{gradients,op}/**/*.test.ts',
  'packages/check/test/{arbitraries,compiled,nothing}.test.ts',
  'packages/check/test/laws/{compiled,planted}.test.ts',
  'packages/nn/test/losses/derivatives.test.ts',
]

/** Test files that replace or load modules anew, or measure memory. Each has a process of its own. */
const isolated = ['packages', 'test'].flatMap((folder) =>
  readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((file) =>
      /\bvi\.(mock|doMock|resetModules)\(|\bmemoryUsage\b/.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
    ),
)

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    setupFiles: ['./test/setup.ts'],
    pool: 'forks',
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 20_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: tests,
          exclude: [...configDefaults.exclude, ...documents, ...loops, ...checkers, ...isolated],
          // The files of a worker share its modules: to load them anew for each file took a quarter of the time.
          // `--project shared --isolate` tells whether a failure comes from an earlier file.
          isolate: false,
          typecheck: {
            enabled: true,
            include: ['**/*.test-d.ts'],
            tsconfig: './tsconfig.test-d.json',
            // `npm run typecheck` reports errors in sources; here only the type tests count.
            ignoreSourceErrors: true,
          },
        },
      },
      { extends: true, test: { name: 'isolated', include: isolated } },
    ],
  },
})
