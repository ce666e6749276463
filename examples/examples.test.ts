import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const tsx = fileURLToPath(new URL('../node_modules/tsx/dist/cli.mjs', import.meta.url))
const lessons = readdirSync(here).filter((name) => /^\d\d-.*\.ts$/.test(name))

it('has lessons', () => {
  expect(lessons.length).toBeGreaterThanOrEqual(5)
})

// Each lesson asserts the numbers that it prints, so an exit without an error is all there is to check.
it.each(lessons)(
  '%s',
  async (lesson) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      tsx,
      '--conditions=source',
      `${here}${lesson}`,
    ])
    expect(stderr).toBe('')
    expect(stdout).not.toBe('')
  },
  60_000,
)
