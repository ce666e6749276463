// Programs that a test runs in processes of their own. They are bundled with the packages' sources, once for all of
// them: transpiling and loading the sources anew for each process would take longer than most of the programs run.

import { build } from 'esbuild'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

export interface Programs {
  /** The program whose source is `file`. */
  fileOf(file: string): string
  /** The arguments of `node` that run the program whose source is `file`. */
  argumentsFor(file: string): string[]
  remove(): void
}

/**
 * Bundles the programs, whose file names must differ. Stack traces name the sources. A data file beside a program, with
 * its name, is copied along: `lesson.safetensors` for `lesson.ts`.
 */
export async function bundlePrograms(files: readonly string[]): Promise<Programs> {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-programs-'))
  await build({
    entryPoints: [...files],
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    // Bundling renames functions of the same name, and messages tell names.
    keepNames: true,
    sourcemap: true,
    // CommonJS modules among the dependencies require modules of Node. The name in the banner is not one of theirs.
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)`,
    },
  })
  for (const file of files)
    for (const name of readdirSync(dirname(file)))
      if (name.startsWith(`${basename(file, '.ts')}.`) && !name.endsWith('.ts'))
        copyFileSync(join(dirname(file), name), join(folder, name))
  const fileOf = (file: string) => join(folder, `${basename(file, '.ts')}.mjs`)
  return {
    fileOf,
    argumentsFor: (file) => ['--enable-source-maps', fileOf(file)],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
