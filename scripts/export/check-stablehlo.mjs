// Compares exported modules with Cotangent, in JAX: `npm run test:export` runs it.
// usage: check-stablehlo.mjs [--all]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from './environment.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const python = pythonEnvironment()
const isAll = process.argv.includes('--all')
const folder = mkdtempSync(join(tmpdir(), 'cotangent-stablehlo-'))
const check = join(here, 'check_stablehlo.py')

/** @param {string} command @param {string[]} args @param {object} [env] */
function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (status !== 0) process.exitCode = 1
}

try {
  const write = join(here, 'write-stablehlo.ts')
  run('npx', ['tsx', '--conditions=source', write, folder, isAll ? 'all' : 'some'])
  const lines = isAll ? ['--lines', '5000'] : []
  run(python, [check, folder, ...lines])
  // Written out as instructions, without algebra and without fused sums, all elementwise work has the bits of Cotangent.
  run(python, [check, folder, '--expanded', ...lines], {
    XLA_FLAGS: '--xla_cpu_max_isa=AVX --xla_disable_hlo_passes=algsimp',
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
