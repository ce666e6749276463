import { defineConfig } from 'tsup'

// Serves all packages: each names its entries in its script `build`. Several entries share their modules.
export default defineConfig(({ entry }) => ({
  format: ['esm', 'cjs'],
  target: 'es2022',
  sourcemap: true,
  clean: true,
  splitting: Array.isArray(entry) && entry.length > 1,
}))
