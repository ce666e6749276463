import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { install } from '../scripts/install.mjs'

/** Access to the packages in `peers/`. That folder is outside the workspace, so that nothing else installs them. */
export interface PeerModules {
  /** Loads a package, or a file of one; `T` declares the part of it that is used. */
  load<T = unknown>(name: string): T
  /** Resolves a name to a file. */
  resolve(name: string): string
  version(name: string): string
}

const manifest = new URL('./peers/package.json', import.meta.url)

/** Installs the peers if they are missing or out of date. */
export function peers(): PeerModules {
  if (!install(fileURLToPath(new URL('.', manifest)), { flags: '--ignore-scripts' }))
    throw new Error('the peers are not installed; `--engines cotangent` runs without them')
  const require = createRequire(manifest)
  const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies: Record<string, string> }
  return {
    load: <T>(name: string) => require(name) as T,
    resolve: (name) => require.resolve(name),
    version: (name) => dependencies[name],
  }
}
