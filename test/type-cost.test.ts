import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))

// Time differs from machine to machine; the number of type instantiations, which it follows, does not. The ceiling is
// raised only in the commit that needs it, with the reason.
it('type-checks the examples within a ceiling', () => {
  const config = ts.readConfigFile(`${root}tsconfig.base.json`, (path) => ts.sys.readFile(path)).config as {
    compilerOptions: object
  }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  const files = readdirSync(`${root}examples`, { recursive: true, encoding: 'utf8' })
    // The documents' blocks come and go beside this test.
    .filter((file) => file.endsWith('.ts') && !/\.test|node_modules|\.snippets/.test(file))
    .map((file) => `examples/${file}`)
  const program = ts.createProgram(
    files.map((file) => `${root}${file}`),
    { ...options, noEmit: true, types: ['node'] },
  )
  expect(files.length).toBeGreaterThan(5)
  expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([])
  const { getInstantiationCount } = program as unknown as { getInstantiationCount(): number }
  expect(getInstantiationCount()).toBeLessThan(120_000)
}, 60_000)
