// The check scripts are checked, too: each violation is planted in a small tree and must be named.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkDocs } from '../scripts/check-docs.mjs'
import { checkLayers, cycles, importsOf } from '../scripts/check-layers.mjs'
import { checkDocuments, pictureIn, reducedTo } from '../scripts/documents.mjs'

const rules = {
  orders: { 'packages/core': ['errors.ts', 'values', 'scalar', 'backends', 'graph', 'ops', 'index.ts'] },
  only: { backends: ['errors.ts', 'values', 'scalar'] },
  packages: { 'packages/core': [], 'packages/nn': ['@cotangent/core'] },
  maxLines: 300,
  longFiles: {},
  exceptions: [] as { from: string; to: string; reason: string }[],
}

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cotangent-tooling-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Writes files below the root; core's files are given by their path below packages/core/src. */
function plant(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path.startsWith('packages/') ? path : `packages/core/src/${path}`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

interface Changes extends Partial<Omit<typeof rules, 'orders'>> {
  readonly orders?: Record<string, string[]>
}

function layerProblems(files: Record<string, string>, changes: Changes = {}) {
  plant({ 'packages/core/layers.json': JSON.stringify({ ...rules, ...changes }), ...files })
  return checkLayers(root).problems
}

describe('check-layers', () => {
  it('accepts imports from the own folder and from folders below', () => {
    const problems = layerProblems({
      'errors.ts': 'export class E {}\n',
      'values/dtype.ts': "import { E } from '../errors'\nexport const d = E\n",
      'values/shape.ts': "import { d } from './dtype'\nexport const s = d\n",
      'graph/index.ts': "import { s } from '../values/shape'\nexport const g = s\n",
      'ops/add.ts': "import { g } from '../graph'\nexport const add = g\n",
      'index.ts': "export * from './ops/add'\n",
      'packages/nn/src/index.ts': "import { add } from '@cotangent/core'\nexport const dense = add\n",
    })
    expect(problems).toEqual([])
  })

  it('names an import of a higher folder, a type-only one included', () => {
    const problems = layerProblems({
      'ops/add.ts': 'export type Add = 1\n',
      'values/tensor.ts': "\nimport type { Add } from '../ops/add'\nexport type T = Add\n",
    })
    expect(problems).toEqual([
      "packages/core/src/values/tensor.ts:2: 'values' may import only errors.ts, not 'ops' (packages/core/src/ops/add.ts)",
    ])
  })

  it('names an import of the index from below', () => {
    const problems = layerProblems({
      'index.ts': 'export const a = 1\n',
      'ops/add.ts': "export { a } from '..'\n",
    })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain("'ops' may import only errors.ts, values, scalar, backends, graph, not 'index.ts'")
  })

  it('holds folders with a list of their own to that list', () => {
    const problems = layerProblems(
      {
        'scalar/set.ts': 'export const set = 1\n',
        'graph/node.ts': 'export const node = 1\n',
        'backends/wasm/run.ts': "import '../../scalar/set'\nimport '../../graph/node'\n",
      },
      { orders: { 'packages/core': ['errors.ts', 'values', 'scalar', 'graph', 'backends', 'ops', 'index.ts'] } },
    )
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(
      "backends/wasm/run.ts:2: 'backends' may import only errors.ts, values, scalar, not 'graph'",
    )
  })

  it('keeps the order of a package that has one, and counts types in its cycles', () => {
    const problems = layerProblems(
      {
        'packages/nn/src/layers/dense.ts': "import type { M } from '../models/stack'\nexport type D = M\n",
        'packages/nn/src/models/stack.ts': "import type { D } from '../layers/dense'\nexport type M = D\n",
        'packages/nn/src/extra.ts': 'export const a = 1\n',
      },
      { orders: { ...rules.orders, 'packages/nn': ['layers', 'models'] } },
    )
    expect(problems).toEqual([
      "packages/nn/src/extra.ts: 'extra.ts' has no place in layers.json, orders",
      "packages/nn/src/layers/dense.ts:1: 'layers' may import nothing, not 'models' (packages/nn/src/models/stack.ts)",
      'packages/nn/src/layers/dense.ts: import cycle: ' +
        ['layers/dense', 'models/stack', 'layers/dense'].map((name) => `packages/nn/src/${name}.ts`).join(' -> '),
    ])
  })

  it('lets errors.ts import nothing', () => {
    const problems = layerProblems({
      'values/dtype.ts': 'export type D = 1\n',
      'errors.ts': "import type { D } from './values/dtype'\nexport type E = D\n",
    })
    expect(problems).toEqual([
      "packages/core/src/errors.ts:1: 'errors.ts' may import nothing, not 'values' (packages/core/src/values/dtype.ts)",
    ])
  })

  it('names modules that a package may not import, and ways around its entry', () => {
    const problems = layerProblems({
      'values/dtype.ts': "import { readFileSync } from 'node:fs'\nexport const d = readFileSync\n",
      'packages/nn/src/index.ts': "import '@cotangent/core/src/values/dtype'\nimport '../../core/src/values/dtype'\n",
    })
    expect(problems).toEqual([
      "packages/core/src/values/dtype.ts:1: packages/core may import nothing from outside, not 'node:fs'",
      "packages/nn/src/index.ts:1: packages/nn may import only @cotangent/core, not '@cotangent/core/src/values/dtype'",
      "packages/nn/src/index.ts:2: '../../core/src/values/dtype' leaves packages/nn/src; import another package by its name",
    ])
  })

  it('names import cycles, those of types alone included', () => {
    const problems = layerProblems({
      'values/a.ts': "import { b } from './b'\nexport const a = () => b\n",
      'values/b.ts': "import { c } from './c'\nexport const b = () => c\n",
      'values/c.ts': "import { a } from './a'\nexport const c = () => a\n",
      'values/type.ts': "import type { a } from './a'\nimport { d } from './d'\nexport type T = typeof a & typeof d\n",
      'values/d.ts': "import type { T } from './type'\nexport const d = 1 as T | 1\n",
    })
    const path = (name: string) => `packages/core/src/values/${name}.ts`
    const round = ['a', 'b', 'c', 'a'].map(path).join(' -> ')
    const types = ['d', 'type', 'd'].map(path).join(' -> ')
    expect(problems).toEqual([`${path('a')}: import cycle: ${round}`, `${path('d')}: import cycle: ${types}`])
  })

  it('knows files that have a place apart from their folder, and imports of types that go upwards for a reason', () => {
    const orders = { 'packages/core': ['errors.ts', 'types/shapes.ts', 'values', 'types', 'index.ts'] }
    const files = {
      'values/tensor.ts': "import type { M } from '../types/methods'\nimport '../types/shapes'\nexport type T = M\n",
      'types/methods.ts': "import type { T } from '../values/tensor'\nexport type M = T[]\n",
      'types/shapes.ts': "import '../values/tensor'\n",
    }
    const upwards = { from: 'values/tensor.ts', to: 'types/methods.ts', reason: 'they name each other' }
    expect(layerProblems(files, { orders, exceptions: [upwards] })).toEqual([
      "packages/core/src/types/shapes.ts:1: 'types/shapes.ts' may import only errors.ts, not 'values' (packages/core/src/values/tensor.ts)",
      'packages/core/src/values/tensor.ts: import cycle: packages/core/src/values/tensor.ts -> packages/core/src/types/shapes.ts -> packages/core/src/values/tensor.ts',
    ])
  })

  it('names exceptions that nothing needs, or without a reason', () => {
    const unused = { from: 'values/tensor.ts', to: 'index.ts', reason: '' }
    expect(layerProblems({ 'values/dtype.ts': '' }, { exceptions: [unused] })).toEqual([
      'values/tensor.ts: in layers.json, exceptions, but imports no index.ts',
      'values/tensor.ts: in layers.json, exceptions, without a reason',
    ])
  })

  it('names files above the length limit, unless they are listed with a reason', () => {
    const files = { 'values/long.ts': '// a line\n'.repeat(301), 'values/fits.ts': '// a line\n'.repeat(300) }
    const long = 'packages/core/src/values/long.ts'
    const advice = 'split it, or state a reason in layers.json, longFiles'
    expect(layerProblems(files)).toEqual([`${long}: 301 lines, allowed are 300; ${advice}`])
    expect(layerProblems(files, { longFiles: { [long]: { lines: 310, reason: 'one table' } } })).toEqual([])
    expect(layerProblems(files, { longFiles: { [long]: { lines: 310 } } })).toEqual([
      `${long}: in layers.json, longFiles, without a reason`,
    ])
  })

  it('names stale exceptions, unlisted folders, unlisted packages and imports that lead nowhere', () => {
    const problems = layerProblems(
      {
        'values/short.ts': "import './missing'\n",
        'misc/a.ts': 'export const a = 1\n',
        'packages/extra/src/index.ts': 'export {}\n',
      },
      {
        longFiles: {
          'packages/core/src/values/short.ts': { lines: 400, reason: 'was long' },
          'packages/core/src/values/gone.ts': { lines: 400, reason: 'was there' },
        },
      },
    )
    expect(problems).toEqual([
      "packages/core/src/misc/a.ts: 'misc' has no place in layers.json, orders",
      "packages/core/src/values/short.ts:1: './missing' is no source file (relative imports carry no extension)",
      'packages/core/src/values/short.ts: only 1 lines now; remove it from layers.json, longFiles',
      'packages/extra: not in layers.json, packages; say there what it may import',
      'packages/core/src/values/gone.ts: in layers.json, longFiles, but there is no such file',
    ])
  })

  it('reads every form of import, and no text that only looks like one', () => {
    const text = [
      "import a, { type B } from './1'",
      "import type { C } from './2'",
      "export * from './3'",
      "export type { D } from './4'",
      "const e = await import('./5')",
      "let f: import('./6').F",
      "import g = require('./7')",
      "import './8'",
      "// import './comment'",
      'const h = "import \'./string\'"',
    ].join('\n')
    const found = importsOf('a.ts', text).map(({ specifier, typeOnly, line }) => [specifier, typeOnly, line])
    expect(found).toEqual(
      [false, true, false, true, false, true, false, false].map((typeOnly, i) => [`./${i + 1}`, typeOnly, i + 1]),
    )
  })

  it('finds each of several cycles', () => {
    const graph = { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'], e: ['e', 'a'] }
    const found = cycles(new Map(Object.entries(graph).map(([file, imports]) => [file, new Set(imports)])))
    expect(found.map((cycle) => cycle.join(' ')).sort()).toEqual(['a b a', 'c d c', 'e e'])
  })
})

describe('check-docs', () => {
  it('names public values without a docstring, and functions without a description', () => {
    plant({
      'ops.ts': [
        '/** Adds. */',
        'export function add(a: number): number',
        'export function add(a: string): string',
        'export function add(a: any) { return a }',
        '/** @returns x */',
        'export const tagged = (x: number) => x',
        '// A comment is no docstring.',
        'export function bare() {}',
        'export type Free = number',
        'export const inner = 1',
      ].join('\n'),
      'index.ts': "export { add, tagged, bare as renamed, type Free } from './ops'\n",
    })
    const { problems, names } = checkDocs(root)
    expect(names).toBe(3)
    expect(problems).toEqual([
      "packages/core/src/ops.ts:6: 'tagged', exported by packages/core, has a docstring with tags but no description",
      "packages/core/src/ops.ts:8: 'renamed', exported by packages/core, has no docstring",
    ])
  })
})

describe('documents', () => {
  const list = '1. `errors.ts`: a.\n2. `values/`: b.\n3. `ops/`: c.\n4. `index.ts`: d.\n'
  const picture = (arrows: string) =>
    `\`\`\`mermaid\nflowchart TD\n  i["index.ts<br>all"]\n  o["ops<br>b"] --> v["values"]\n${arrows}\n\`\`\`\n`
  const arrows = '  i --> o'

  function documentProblems(documents: {
    architecture?: string
    list?: string
    values?: string
    files?: Record<string, string>
  }) {
    plant({
      'packages/core/layers.json': JSON.stringify({
        ...rules,
        orders: { 'packages/core': ['errors.ts', 'values', 'ops', 'index.ts'] },
      }),
      'errors.ts': '',
      'values/tensor.ts': "import '../errors'\n",
      'ops/add.ts': "import '../values/tensor'\n",
      'ops/README.md': '`add.ts`: a sum.\n',
      'index.ts': "import './ops/add'\nimport './values/tensor'\n",
      'README.md': documents.list ?? list,
      'values/README.md': documents.values ?? 'See `tensor.ts`, `values/tensor.ts` and [the list](../README.md).\n',
      ...documents.files,
    })
    writeFileSync(join(root, 'ARCHITECTURE.md'), documents.architecture ?? picture(arrows))
    return checkDocuments(root).problems
  }

  it('accepts names of files, a list and a picture that agree with the source', () => {
    expect(documentProblems({})).toEqual([])
    expect(
      documentProblems({ architecture: `${picture(arrows)}\`add.ts\`, \`values/tensor.ts\`, \`ops/\`\n` }),
    ).toEqual([])
    expect(
      documentProblems({ values: '`tensor.ts`\n```sh\nls `none.ts`\n```\n[far](https://a.b/c#d) [near](#e)\n' }),
    ).toEqual([])
  })

  it('names files and links that do not exist', () => {
    expect(documentProblems({ values: '\n`tensor.ts`, `add.ts`, `none/` and [that](that.md#there)\n' })).toEqual([
      'packages/core/src/values/README.md:2: names add.ts, which does not exist',
      'packages/core/src/values/README.md:2: names none/, which does not exist',
      'packages/core/src/values/README.md:2: links to that.md, which does not exist',
    ])
    expect(documentProblems({ architecture: `${picture(arrows)}\`sor.ts\`\n` })).toEqual([
      'ARCHITECTURE.md:7: names sor.ts, which does not exist',
    ])
  })

  it('asks the README of a source folder to name every file of the folder', () => {
    expect(
      documentProblems({
        values: '`values/tensor.ts`, and in a block\n```sh\n`tensor.ts`\n```\n',
        files: { 'values/index.ts': "// All.\nexport * from './tensor'\nexport type { A } from './tensor'\n" },
      }),
    ).toEqual(['packages/core/src/values/README.md: does not name `tensor.ts`; say in a few words what it holds'])
    expect(documentProblems({ files: { 'values/index.ts': "export const a = 'b'\n" } })).toEqual([
      'packages/core/src/values/README.md: does not name `index.ts`; say in a few words what it holds',
    ])
  })

  it('asks for a README in every folder with TypeScript files', () => {
    expect(documentProblems({ files: { 'values/more/deep.ts': '', 'values/data/numbers.json': '1' } })).toEqual([
      'packages/core/src/values/more: has no README.md; write one that names its files',
    ])
  })

  it('compares the printed list with layers.json', () => {
    expect(
      documentProblems({ list: list.replace('`values/`', '`ops/`').replace('`ops/`: c', '`values/`: c') }),
    ).toEqual([
      'packages/core/src/README.md: lists errors.ts, ops, values, index.ts, but layers.json has errors.ts, values, ops, index.ts',
    ])
  })

  it('compares the picture with the imports', () => {
    expect(documentProblems({ architecture: picture('  i --> o & v') })).toEqual([
      'ARCHITECTURE.md: remove the arrow index.ts --> values',
    ])
    expect(documentProblems({ architecture: picture('') })).toEqual([
      'ARCHITECTURE.md: draw the arrow index.ts --> ops',
    ])
    expect(documentProblems({ architecture: picture(`${arrows}\n  g["graph"]`) })).toEqual([
      'ARCHITECTURE.md: the picture shows graph, which is not in layers.json',
    ])
    expect(documentProblems({ architecture: picture(arrows).replace('o["ops<br>b"] -->', '') })[0]).toBe(
      'ARCHITECTURE.md: the picture lacks ops, which is in layers.json',
    )
    expect(documentProblems({ architecture: 'No picture.' })).toEqual([
      'ARCHITECTURE.md: has no picture; draw the layers as a Mermaid flowchart',
    ])
  })

  it('reads pictures, and leaves out arrows that follow from others', () => {
    expect(pictureIn('none')).toBeNull()
    const edges = new Map([
      ['a', new Set(['b', 'c', 'd'])],
      ['b', new Set(['c'])],
      ['c', new Set(['d'])],
    ])
    expect([...reducedTo(edges, ['a', 'b', 'd'])]).toEqual([
      ['a', new Set(['b'])],
      ['b', new Set(['d'])],
      ['d', new Set()],
    ])
  })
})

describe('eslint.config.js', () => {
  it('names test titles that occur twice, and math whose bits differ between engines', async () => {
    // The type checker does not know the planted files.
    const overrideConfig = tseslint.configs.disableTypeChecked
    const eslint = new ESLint({ cwd: join(import.meta.dirname, '..'), overrideConfig })
    const rulesOf = async (text: string, filePath: string) =>
      (await eslint.lintText(text, { filePath })).flatMap((result) => result.messages.map(({ ruleId }) => ruleId))
    const test = "import { it } from 'vitest'\nit('a', () => {})\nit('a', () => {})\n"
    expect(await rulesOf(test, 'test/planted.test.ts')).toEqual(['vitest/no-identical-title'])
    const kernel = 'export const f = (x: number) => Math.sqrt(Math.exp(x))\n'
    expect(await rulesOf(kernel, 'packages/core/src/ops/planted.ts')).toEqual(['no-restricted-properties'])
  })
})
