import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { Tally } from './tally'

/** Of the calls that are executed at all besides being run plainly: how many must run compiled. */
const floor = 0.95

/** And how many at least, so that nothing is left out by mistake. */
const fewest = 5_000

/** Adds the tallies of all test files up, and fails where too little was compiled. */
export default function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-compiled-'))
  const file = join(folder, 'tally')
  writeFileSync(file, '')
  provide('tally', file)
  return () => {
    const tallies = readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Tally)
    rmSync(folder, { recursive: true, force: true })
    const total = (of: keyof Tally) => tallies.reduce((sum, tally) => sum + tally[of], 0)
    const [compiled, plain] = [total('compiled'), total('plain')]
    const share = compiled / Math.max(1, compiled + plain)
    console.log(
      `compiled: ${compiled} calls were executed as WebAssembly with equal bits (${(100 * share).toFixed(1)} %), ` +
        `${plain} could not be traced, ${total('repeated')} repeated one of them`,
    )
    if (share >= floor && compiled >= fewest) return
    console.error(`compiled: expected at least ${fewest} calls and ${100 * floor} %`)
    process.exitCode = 1
  }
}
