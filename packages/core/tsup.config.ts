import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/no-wasm.ts', 'src/internal.ts', 'src/library.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  sourcemap: true,
  clean: true,
  splitting: true,
})
