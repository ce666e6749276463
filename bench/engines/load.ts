import { readFileSync } from 'node:fs'
import { peers, type PeerModules } from '../peers'
import { cotangentCompiled, cotangentEager } from './cotangent'
import type { Engine } from './engine'
import { jaxJs } from './jax-js'
import type { EngineName } from './names'
import { tfjs } from './tfjs'

/** Loads engines by name. Installs the peers if one of them is requested. */
export async function loadEngines(names: readonly EngineName[]): Promise<Engine[]> {
  const { version } = JSON.parse(
    readFileSync(new URL('../../packages/core/package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  let installed: PeerModules | undefined
  const modules = () => (installed ??= peers())
  const loaders: Record<EngineName, () => Engine | Promise<Engine>> = {
    'cotangent-compiled': () => cotangentCompiled(version),
    'cotangent-eager': () => cotangentEager(version),
    'jax-js': () => jaxJs(modules()),
    'tfjs-wasm': () => tfjs(modules(), 'wasm'),
    'tfjs-cpu': () => tfjs(modules(), 'cpu'),
  }
  const engines: Engine[] = []
  for (const name of names) engines.push(await loaders[name]())
  return engines
}
