import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundlePrograms, type Programs } from '../test/programs'

const here = fileURLToPath(new URL('.', import.meta.url))
const lessons = readdirSync(here).filter((name) => /^\d\d-.*\.ts$/.test(name))

let programs: Programs
beforeAll(async () => {
  programs = await bundlePrograms(lessons.map((lesson) => `${here}${lesson}`))
})
afterAll(() => programs.remove())

it('lists its lessons, in order', () => {
  const readme = readFileSync(`${here}README.md`, 'utf8')
  const listed = Array.from(readme.matchAll(/^\| \[[^\]]+\]\((\d\d-[^)]+)\)/gm), ([, file]) => file)
  expect(listed).toEqual([...lessons, '06-digits/main.ts'].sort())
})

// Each lesson asserts the numbers that it prints, so this test only checks that it exits without an error.
it.each(lessons)(
  '%s',
  async (lesson) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, programs.argumentsFor(lesson))
    expect(stderr).toBe('')
    expect(stdout).not.toBe('')
  },
  60_000,
)
