// Compares exported modules with Cotangent, in JAX: `npm run test:export` runs it.
// usage: check-stablehlo.mjs [--all]
import { spawn } from 'node:child_process'
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

/** @param {string} command @param {string[]} args @param {object} [env] @returns {Promise<void>} */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
    child.on('exit', (code) => {
      if (code !== 0) process.exitCode = 1
      resolve()
    })
  })
}

try {
  const write = join(here, 'write-stablehlo.ts')
  await run('npx', ['tsx', '--conditions=source', write, folder, isAll ? 'all' : 'some'])
  const lines = isAll ? ['--lines', '5000'] : []
  await Promise.all([
    run(python, [check, folder, ...lines]),
    // As instructions, without algebra and without fused sums, all elementwise work has the bits of Cotangent.
    run(python, [check, folder, '--expanded', ...lines], {
      XLA_FLAGS: '--xla_cpu_max_isa=AVX --xla_disable_hlo_passes=algsimp',
    }),
  ])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
