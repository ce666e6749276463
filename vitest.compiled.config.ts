import { defineConfig } from 'vitest/config'
import base from './vitest.config'

// The tests of what functions compute, with the public functions executed compiled as well; see test/compiled.
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [
      'packages/{core,nn,optim}/test/**/*.test.ts',
      'packages/check/test/laws/compiled.test.ts',
      'test/wrong-calls/core.test.ts',
    ],
    exclude: [
      // They compile by themselves, look at the interpreter alone, or at types.
      'packages/core/test/{backends,compile,scalar,types}/**',
      'packages/core/test/recording/body-dtype.test.ts',
      // It measures the time of deep graphs.
      'packages/core/test/autodiff/scale.test.ts',
      // They compile thousands of programs; one-pass.test.ts compares the bits of optimizers.
      'packages/optim/test/{closed-form,golden}/**',
      // They tell tensors of equal values apart, which are one argument or two to a compiled function.
      'packages/core/test/trees/*.test.ts',
      // They compare compiled results by themselves.
      'packages/nn/test/{sequence-golden,sequences,losses/laws,metrics/laws}.test.ts',
      // The checker calls every op thousands of times.
      'packages/nn/test/{sequence-gradients,losses/derivatives}.test.ts',
      // It names functions, and those that run compiled as well have no name.
      'packages/nn/test/summary.test.ts',
      // It counts the steps that loops run.
      'packages/core/test/control/residuals.test.ts',
      // Under an observer compiled functions are run op by op.
      'packages/core/test/autodiff/debug-nan.test.ts',
      'packages/core/test/control/places.test.ts',
      // They compile by themselves, or as long programs as compiled.test.ts there does.
      'packages/core/test/ops/{distributions,incomplete}.test.ts',
      'packages/core/test/solvers/{compiled,ode,regions}.test.ts',
    ],
    setupFiles: ['./test/setup.ts', './test/compiled/setup.ts'],
    globalSetup: ['./test/compiled/summary.ts'],
    testTimeout: 60_000,
    // Modules are replaced before every file.
    projects: undefined,
  },
})
