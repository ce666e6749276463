// Checks what the documents say about the source: the names of files and folders, links, and the printed order of core.
// The README of a source folder is its map, so it has to name every file of the folder.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { checkLayers } from './check-layers.mjs'
import { shown, typescriptFiles } from './typescript-files.mjs'

/** @typedef {Map<string, ReadonlySet<string>>} Edges what each vertex points to */

const source = join('packages', 'core', 'src')

/**
 * All Markdown files below a root folder, without dependencies and outputs.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function documentsIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !['node_modules', 'dist', 'shared'].includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? documentsIn(path) : entry.isFile() && entry.name.endsWith('.md') ? [path] : []
    })
    .sort()
}

/** All files and folders of the packages' sources, as `/packages/core/src/graph/`. @param {string} root */
function sourcesIn(root) {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name, 'src')
    if (!existsSync(folder)) return []
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.map(
      (entry) => `/${shown(root, join(entry.parentPath, entry.name))}${entry.isDirectory() ? '/' : ''}`,
    )
  })
}

/** The lines of a document outside of code blocks. @param {string} text */
function proseOf(text) {
  let inBlock = false
  return text.split('\n').map((line) => {
    const isFence = line.startsWith('```')
    if (isFence) inBlock = !inBlock
    return isFence || inBlock ? '' : line
  })
}

/**
 * Files and folders that a document names in backticks (`graph/node.ts`, `graph/`) or links to, and that do not exist.
 * The README of a folder names files in the folder, or paths from the source of its package. A document outside the
 * sources may name the end of a path.
 *
 * @param {string} root
 * @param {string} document
 * @param {readonly string[]} sources paths of all files and folders of sources, each with a slash before it
 */
function missingNames(root, document, sources) {
  const own = dirname(document)
  const inSource = /^.*[\\/]src(?=[\\/])/.exec(document)?.[0]
  /** @param {string} name */
  const exists = (name) =>
    [own, inSource ?? own, root].some((folder) => existsSync(resolve(folder, name))) ||
    (inSource === undefined && sources.some((path) => path.endsWith(`/${name}`)))
  return proseOf(readFileSync(document, 'utf8')).flatMap((line, at) => {
    const named = [...line.matchAll(/`([\w./-]+(?:\.m?ts|\/))`/g)].map(([, name]) => name)
    const linked = [...line.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, name]) => name)
    const where = `${shown(root, document)}:${at + 1}`
    return [
      ...named.filter((name) => !exists(name)).map((name) => `${where}: names ${name}, which does not exist`),
      ...linked
        .filter((name) => !existsSync(resolve(own, name)))
        .map((name) => `${where}: links to ${name}, which does not exist`),
    ]
  })
}

/** Whether a module does nothing but export what others define. @param {string} text */
function onlyExports(text) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  return code.replaceAll(/export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+'[^']+'/g, '').trim() === ''
}

/**
 * Folders of the packages' sources that have TypeScript files and no README, and files that the README of their folder
 * does not name in backticks. An index that only exports what others define needs no name.
 *
 * @param {string} root
 */
function missingFromMaps(root) {
  const files = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name, 'src'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => typescriptFiles(folder))
  const folders = [...new Set(files.map((file) => dirname(file)))].sort()
  return folders.flatMap((folder) => {
    const map = join(folder, 'README.md')
    if (!existsSync(map)) return [`${shown(root, folder)}: has no README.md; write one that names its files`]
    const prose = proseOf(readFileSync(map, 'utf8')).join('\n')
    return files
      .filter((file) => dirname(file) === folder && !prose.includes(`\`${basename(file)}\``))
      .filter((file) => basename(file) !== 'index.ts' || !onlyExports(readFileSync(file, 'utf8')))
      .map((file) => `${shown(root, map)}: does not name \`${basename(file)}\`; say in a few words what it holds`)
  })
}

/**
 * The order of core's files and folders in layers.json. A folder whose files are listed separately takes the place of
 * its first file.
 *
 * @param {readonly string[]} order
 */
function topLevel(order) {
  return [...new Set(order.map((entry) => entry.split('/')[0]))]
}

/** Compares the numbered list in the README of core's source with layers.json. @param {string} text @param {string[]} order */
function listProblems(text, order) {
  const listed = [...text.matchAll(/^\d+\. `([\w.-]+)\/?`/gm)].map(([, name]) => name)
  const expected = topLevel(order)
  if (listed.join() === expected.join()) return []
  return [
    `${shown('', join(source, 'README.md'))}: lists ${listed.join(', ')}, but layers.json has ${expected.join(', ')}`,
  ]
}

/**
 * The layers that a Mermaid flowchart shows, by the first words of their labels, and its arrows.
 *
 * @param {string} text
 * @returns {Edges | null} null if there is no flowchart
 */
export function pictureIn(text) {
  const chart = /```mermaid\nflowchart[^\n]*\n([\s\S]*?)```/.exec(text)?.[1]
  if (chart === undefined) return null
  const names = new Map([...chart.matchAll(/(\w+)\["([\w./-]+)/g)].map(([, id, name]) => [id, name]))
  /** @type {Map<string, Set<string>>} */
  const edges = new Map([...names.values()].map((name) => [name, new Set()]))
  const arrows = chart.replaceAll(/\["[^\]]*"\]/g, '')
  for (const [, from, to] of arrows.matchAll(/^\s*(\w+)\s*-->\s*([\w& ]+)$/gm))
    for (const id of to.split('&')) edges.get(names.get(from) ?? from)?.add(names.get(id.trim()) ?? id.trim())
  return edges
}

/**
 * The transitive reduction of `edges` between some vertices: the fewest arrows from which all others follow.
 *
 * @param {Edges} edges without cycles
 * @param {readonly string[]} vertices
 * @returns {Edges}
 */
export function reducedTo(edges, vertices) {
  /** @param {string} from @param {Set<string>} found */
  const reach = (from, found = new Set()) => {
    for (const to of edges.get(from) ?? [])
      if (!found.has(to)) {
        found.add(to)
        reach(to, found)
      }
    return found
  }
  const reached = new Map(vertices.map((vertex) => [vertex, reach(vertex)]))
  return new Map(
    vertices.map((vertex) => {
      const below = vertices.filter((other) => reached.get(vertex)?.has(other))
      return [vertex, new Set(below.filter((to) => !below.some((between) => reached.get(between)?.has(to))))]
    }),
  )
}

/**
 * The imports between layers of core, from the imports between files.
 *
 * @param {Edges} imports
 * @param {readonly string[]} order
 * @returns {Edges}
 */
function betweenLayers(imports, order) {
  /** @param {string} path */
  const layerOf = (path) =>
    order
      .filter((entry) => path === `packages/core/src/${entry}` || path.startsWith(`packages/core/src/${entry}/`))
      .sort((a, b) => b.length - a.length)[0]
  /** @type {Map<string, Set<string>>} */
  const edges = new Map(order.map((entry) => [entry, new Set()]))
  for (const [from, targets] of imports)
    for (const to of targets) if (layerOf(from) !== layerOf(to)) edges.get(layerOf(from))?.add(layerOf(to))
  return edges
}

/**
 * Compares the picture in ARCHITECTURE.md with the imports between the layers of layers.json.
 *
 * @param {string} text
 * @param {readonly string[]} order
 * @param {Edges} imports
 */
function pictureProblems(text, order, imports) {
  const picture = pictureIn(text)
  if (picture === null) return ['ARCHITECTURE.md: has no picture; draw the layers as a Mermaid flowchart']
  const vertices = [...picture.keys()]
  const unknown = vertices.filter((name) => !order.includes(name))
  const missing = order.filter((entry) => !entry.includes('.') && !vertices.includes(entry))
  if (unknown.length > 0)
    return [`ARCHITECTURE.md: the picture shows ${unknown.join(', ')}, which is not in layers.json`]
  const problems = missing.map((name) => `ARCHITECTURE.md: the picture lacks ${name}, which is in layers.json`)
  const expected = reducedTo(imports, vertices)
  for (const [from, drawn] of picture) {
    const real = expected.get(from) ?? new Set()
    for (const to of drawn) if (!real.has(to)) problems.push(`ARCHITECTURE.md: remove the arrow ${from} --> ${to}`)
    for (const to of real) if (!drawn.has(to)) problems.push(`ARCHITECTURE.md: draw the arrow ${from} --> ${to}`)
  }
  return problems
}

/**
 * Checks the documents below a root folder.
 *
 * @param {string} root
 * @returns {{ problems: string[], documents: number }} one line for each problem
 */
export function checkDocuments(root) {
  const documents = documentsIn(root)
  const sources = sourcesIn(root)
  const problems = documents.flatMap((document) => missingNames(root, document, sources))
  problems.push(...missingFromMaps(root))
  const { orders } = JSON.parse(readFileSync(join(root, 'packages', 'core', 'layers.json'), 'utf8'))
  const order = orders['packages/core']
  /** @param {string} path */
  const textOf = (path) => (statSync(join(root, path)).isFile() ? readFileSync(join(root, path), 'utf8') : '')
  problems.push(...listProblems(textOf(join(source, 'README.md')), order))
  problems.push(...pictureProblems(textOf('ARCHITECTURE.md'), order, betweenLayers(checkLayers(root).imports, order)))
  return { problems, documents: documents.length }
}
