import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsOf, snippetsOf } from '../scripts/snippets.mjs'
import { bundlePrograms, type Programs } from './programs'

// Every `ts` block of the documents is a whole program: it must compile, run, and print the `text` block that follows
// it.

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = `${root}examples/.snippets/`

const snippets = snippetsOf(root).map((snippet) => ({ ...snippet, file: `${folder}${snippet.file}` }))

/** Blocks run in `folder`. What they write to this folder in it must be the file of that name in the repository. */
const images = 'docs/images/'

let programs: Programs
beforeAll(async () => {
  mkdirSync(`${folder}${images}`, { recursive: true })
  for (const { file, code } of snippets) writeFileSync(file, code)
  programs = await bundlePrograms(snippets.map(({ file }) => file))
})
afterAll(() => {
  programs.remove()
  rmSync(folder, { recursive: true, force: true })
})

describe('the code in the documents', () => {
  it('is there', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(4)
  })

  it('type-checks', () => {
    const config = ts.readConfigFile(`${root}tsconfig.base.json`, (path) => ts.sys.readFile(path)).config as {
      compilerOptions: object
    }
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
    const files = snippets.map(({ file }) => file)
    // The strictest options that programs are compiled with, and declarations, which must be able to name every type.
    const strictest = { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, declaration: true }
    const program = ts.createProgram(files, {
      ...options,
      ...strictest,
      noEmit: true,
      types: ['node'],
      noUnusedLocals: false,
    })
    // `npm run typecheck` checks the packages' sources; here only the blocks count.
    const messages = snippets
      .flatMap(({ file }) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
      .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
    expect(messages).toEqual([])
  }, 60_000)

  // The blocks of a document run in one process: to start one for each would take longer than most of them run.
  const withBlocks = [...new Set(snippets.map(({ document }) => document))]
  describe.each(withBlocks)('of %s', (document) => {
    const blocks = snippets.filter((snippet) => snippet.document === document)
    let printed: readonly string[] = []
    beforeAll(async () => {
      const files = blocks.map(({ file }) => programs.fileOf(file))
      const runner = fileURLToPath(new URL('run-programs.mjs', import.meta.url))
      const { stdout } = await promisify(execFile)(process.execPath, ['--enable-source-maps', runner, ...files], {
        cwd: folder,
      })
      printed = JSON.parse(stdout) as string[]
    }, 60_000)

    it.each(blocks.map(({ name }, i) => [name, i] as const))('%s prints what it says', (_, i) => {
      // Messages name the file that holds the block; documents call it example.ts.
      expect(printed[i].replaceAll(/\S*\.snippets[\\/][\w-]+\.ts/g, 'example.ts')).toBe(blocks[i].prints ?? '')
    })
  })

  it('makes the pictures of the documents', async () => {
    const shown = documentsOf(root).flatMap((document) =>
      [...readFileSync(`${root}${document}`, 'utf8').matchAll(/\]\((docs\/images\/[\w.-]+)\)/g)].map(
        ([, file]) => file,
      ),
    )
    expect(shown.length).toBeGreaterThan(0)
    for (const file of shown) {
      expect(existsSync(`${folder}${file}`), file).toBe(true)
      await expect(readFileSync(`${folder}${file}`, 'utf8')).toMatchFileSnapshot(`${root}${file}`)
    }
  })
})
