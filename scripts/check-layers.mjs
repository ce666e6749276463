// Checks the architecture: allowed imports between folders and packages, import cycles, and the length of files. The
// rules are data: packages/core/layers.json. The TypeScript parser reads the imports.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { report, shown, typescriptFiles } from './typescript-files.mjs'

/**
 * @typedef {object} Rules
 * @property {Record<string, string[]>} orders by package, the files and folders of its sources, the lowest first; of two that match, the longer
 * counts. Types count in the cycles of these packages as well
 * @property {Record<string, string[]>} only folders of core that may import less than everything below them
 * @property {{ from: string, to: string, reason: string }[]} [exceptions] imports of types that go upwards
 * @property {Record<string, string[]>} packages which modules the sources of a package may import
 * @property {number} maxLines
 * @property {Record<string, { lines: number, reason: string }>} longFiles exceptions from maxLines
 */

/** @typedef {{ specifier: string, typeOnly: boolean, line: number }} Import */

/**
 * Every import of a file: declarations, re-exports, `import x = require()`, `import()` and `import('x').T`.
 *
 * @param {string} file
 * @param {string} text
 * @returns {Import[]}
 */
export function importsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, false)
  /** @type {Import[]} */
  const found = []
  /** @param {ts.Node | undefined} literal @param {boolean} typeOnly */
  const add = (literal, typeOnly) => {
    if (literal === undefined || !ts.isStringLiteralLike(literal)) return
    const line = source.getLineAndCharacterOfPosition(literal.getStart(source)).line + 1
    found.push({ specifier: literal.text, typeOnly, line })
  }
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly)
    } else if (ts.isExternalModuleReference(node)) {
      add(node.expression, false)
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/**
 * The source file that a relative specifier refers to, or undefined. Specifiers carry no extension.
 *
 * @param {string} from
 * @param {string} specifier
 */
function resolveRelative(from, specifier) {
  const base = resolve(dirname(from), specifier)
  return [`${base}.ts`, join(base, 'index.ts')].find((file) => existsSync(file) && statSync(file).isFile())
}

/**
 * One cycle for each group of files that import each other, the smallest name first.
 *
 * @param {Map<string, Set<string>>} graph
 * @returns {string[][]}
 */
export function cycles(graph) {
  /** @type {Map<string, 'open' | 'done'>} */
  const state = new Map()
  /** @type {string[]} */
  const path = []
  /** @type {string[][]} */
  const found = []
  /** @param {string} file */
  const visit = (file) => {
    state.set(file, 'open')
    path.push(file)
    for (const next of graph.get(file) ?? []) {
      if (state.get(next) === 'open') found.push([...path.slice(path.indexOf(next)), next])
      else if (!state.has(next)) visit(next)
    }
    path.pop()
    state.set(file, 'done')
  }
  for (const file of [...graph.keys()].sort()) if (!state.has(file)) visit(file)
  return found
}

/**
 * Checks the packages below a root folder.
 *
 * @param {string} root
 * @returns {{ problems: string[], files: number, imports: Map<string, Set<string>> }} one line for each problem; what each file imports
 */
export function checkLayers(root) {
  const rulesFile = join(root, 'packages', 'core', 'layers.json')
  /** @type {Rules} */
  const rules = JSON.parse(readFileSync(rulesFile, 'utf8'))
  const coreSource = 'packages/core/src/'
  /** @type {string[]} */
  const problems = []
  /** @type {Map<string, Set<string>>} */
  const graph = new Map()

  /** The order of a package's files and folders, if it has one. @param {string} folder @returns {string[] | undefined} */
  const orderOf = (folder) => rules.orders[folder]

  /**
   * The layer of a file: the longest entry that equals its path or contains it. @param {string} folder @param
   * {string} path
   */
  const layerOf = (folder, path) => {
    const inside = path.slice(`${folder}/src/`.length)
    const order = orderOf(folder) ?? []
    const matching = order.filter((entry) => inside === entry || inside.startsWith(`${entry}/`))
    return matching.sort((a, b) => b.length - a.length)[0] ?? inside.split('/')[0]
  }

  const exceptions = rules.exceptions ?? []
  /** @type {Set<string>} */
  const usedExceptions = new Set()

  /** @param {string} from @param {string} to @param {boolean} typeOnly */
  const isExcepted = (from, to, typeOnly) => {
    if (!typeOnly) return false
    const found = exceptions.find((rule) => coreSource + rule.from === from && coreSource + rule.to === to)
    if (found) usedExceptions.add(`${found.from} -> ${found.to}`)
    return found !== undefined
  }

  /** @param {string} folder @param {string} from @param {string} to @param {string} where */
  const checkOrder = (folder, from, to, where) => {
    const order = orderOf(folder) ?? []
    const [own, other] = [layerOf(folder, from), layerOf(folder, to)]
    if (own === other || !order.includes(own) || !order.includes(other)) return
    const only = folder === 'packages/core' ? rules.only[own] : undefined
    const allowed = only ?? order.slice(0, order.indexOf(own))
    if (!allowed.includes(other)) {
      const may = allowed.length === 0 ? 'nothing' : `only ${allowed.join(', ')}`
      problems.push(`${where}: '${own}' may import ${may}, not '${other}' (${to})`)
    }
  }

  /** @param {string} folder @param {string} file @param {Import} entry */
  const checkImport = (folder, file, { specifier, typeOnly, line }) => {
    const path = shown(root, file)
    const where = `${path}:${line}`
    if (!specifier.startsWith('.')) {
      const allowed = rules.packages[folder]
      if (!allowed.includes(specifier)) {
        const may = allowed.length === 0 ? 'nothing from outside' : `only ${allowed.join(', ')}`
        problems.push(`${where}: ${folder} may import ${may}, not '${specifier}'`)
      }
      return
    }
    const target = resolveRelative(file, specifier)
    if (target === undefined) {
      problems.push(`${where}: '${specifier}' is no source file (relative imports carry no extension)`)
      return
    }
    const to = shown(root, target)
    if (!to.startsWith(`${folder}/src/`)) {
      problems.push(`${where}: '${specifier}' leaves ${folder}/src; import another package by its name`)
      return
    }
    if (folder === 'packages/core' && isExcepted(path, to, typeOnly)) return
    checkOrder(folder, path, to, where)
    if (!typeOnly || orderOf(folder) !== undefined) graph.get(path)?.add(to)
  }

  /** @param {string} path @param {string} text */
  const checkLength = (path, text) => {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
    const exception = rules.longFiles[path]
    const limit = exception?.lines ?? rules.maxLines
    if (lines > limit) {
      problems.push(
        `${path}: ${lines} lines, allowed are ${limit}; split it, or state a reason in layers.json, longFiles`,
      )
    } else if (exception !== undefined && lines <= rules.maxLines) {
      problems.push(`${path}: only ${lines} lines now; remove it from layers.json, longFiles`)
    }
  }

  let files = 0
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const folder = `packages/${name}`
    const source = join(root, folder, 'src')
    if (!existsSync(source)) continue
    if (rules.packages[folder] === undefined) {
      problems.push(`${folder}: not in layers.json, packages; say there what it may import`)
      continue
    }
    for (const file of typescriptFiles(source)) {
      files++
      const path = shown(root, file)
      const text = readFileSync(file, 'utf8')
      graph.set(path, new Set())
      const layer = layerOf(folder, path)
      if (orderOf(folder)?.includes(layer) === false) {
        problems.push(`${path}: '${layer}' has no place in layers.json, orders`)
      }
      for (const entry of importsOf(file, text)) checkImport(folder, file, entry)
      checkLength(path, text)
    }
  }
  for (const [path, { reason }] of Object.entries(rules.longFiles)) {
    if (!graph.has(path)) problems.push(`${path}: in layers.json, longFiles, but there is no such file`)
    if (!reason) problems.push(`${path}: in layers.json, longFiles, without a reason`)
  }
  for (const { from, to, reason } of exceptions) {
    if (!usedExceptions.has(`${from} -> ${to}`))
      problems.push(`${from}: in layers.json, exceptions, but imports no ${to}`)
    if (!reason) problems.push(`${from}: in layers.json, exceptions, without a reason`)
  }
  for (const cycle of cycles(graph)) problems.push(`${cycle[0]}: import cycle: ${cycle.join(' -> ')}`)
  return { problems, files, imports: graph }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'))
  const { problems, files } = checkLayers(root)
  report('layers', problems, `${files} files keep the order, the length limit and have no cycles`)
}
