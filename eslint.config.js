import js from '@eslint/js'
import vitest from '@vitest/eslint-plugin'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

// Their results change between engines and versions; the scalar programs in packages/core/src/scalar replace them.
const inexactMath = [
  ...['acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1', 'hypot'],
  ...['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'tan', 'tanh'],
]

export default defineConfig(
  globalIgnores(['**/dist/', 'coverage/', 'docs/api/', '**/node_modules/']),
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // The Tensor class gets its methods' signatures from an interface that it merges with.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/no-unsafe-declaration-merging': 'off',
      // `Tensor<any>` is how a shape stays unknown, so `any` is part of the public interface.
      '@typescript-eslint/no-explicit-any': 'off',
      // Functions check how they were called, extra arguments included, which their parameters do not show.
      'prefer-rest-params': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      // A cast that changes nothing hides the next one that does. This rule asks the type checker.
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
    },
  },
  {
    files: ['packages/*/{src,test}/**/*.ts', '{test,examples,bench}/**/*.ts'],
    rules: {
      // Prettier wraps code, but not comments. A table, a line of code in a comment or a directive cannot be wrapped.
      'max-len': [
        'error',
        {
          code: 1000,
          comments: 120,
          ignoreUrls: true,
          ignorePattern: '^\\s*(?:\\*|//)\\s*(?:\\||eslint-|prettier-ignore|@ts-)',
        },
      ],
    },
  },
  {
    files: ['packages/core/src/{scalar,kernels,backends,ops}/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...inexactMath.map((property) => ({
          object: 'Math',
          property,
          message: 'It is not exactly rounded, so its bits differ between engines: use a scalar program.',
        })),
      ],
    },
  },
  {
    files: ['**/*.test.ts'],
    plugins: { vitest },
    rules: {
      'vitest/no-identical-title': 'error',
      'vitest/no-focused-tests': 'error',
      'vitest/no-disabled-tests': 'error',
    },
  },
)
