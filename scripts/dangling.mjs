// Finds what files of a packed package point to although it is not packed: links of documents, sources of source maps,
// imports of modules and declarations.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { shown } from './typescript-files.mjs'

/** What each kind of file points to, as text of the file. @type {[files: RegExp, targets: (text: string) => string[]][]} */
const pointers = [
  [/\.md$/, (text) => matches(text, /\]\(([^)\s]+)\)/g).map((link) => link.split('#')[0])],
  [/\.map$/, sourcesWithoutContent],
  [/\.[cm]?js$/, importsOf],
  [/\.[cm]?js$/, (text) => matches(text, /^\/\/# sourceMappingURL=(?!data:)(\S+)/gm)],
  [/\.d\.[cm]?ts$/, importsOf],
]

/** @param {string} text @param {RegExp} pattern */
function matches(text, pattern) {
  return [...text.matchAll(pattern)].map(([, ...groups]) => groups.find((group) => group !== undefined) ?? '')
}

/** @param {string} text */
function importsOf(text) {
  return matches(text, /\b(?:from|import) ?["'](\.[^"']*)["']|\b(?:require|import)\(["'](\.[^"']*)["']\)/g)
}

/** The sources that a map does not hold itself. @param {string} text @returns {string[]} */
function sourcesWithoutContent(text) {
  const { sources, sourcesContent = [] } = JSON.parse(text)
  return sources.filter((/** @type {string} */ _, /** @type {number} */ i) => typeof sourcesContent[i] !== 'string')
}

/** The file that a target names. Declarations name the modules that they declare. @param {string} path */
const filesOf = (path) => [path, path.replace(/\.([cm]?)js$/, '.d.$1ts')]

/**
 * @param {string} root of the unpacked package
 * @returns {string[]} one line for each problem
 */
export function danglingIn(root) {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const file = join(root, name)
    return pointers
      .filter(([files]) => files.test(name))
      .flatMap(([, targetsOf]) => targetsOf(readFileSync(file, 'utf8')))
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
      .filter((target) => {
        const path = resolve(dirname(file), target)
        const isOutside = isAbsolute(target) || relative(root, path).startsWith('..')
        return isOutside || !filesOf(path).some((each) => existsSync(each))
      })
      .map((target) => `${shown(root, file)} points to ${target}, which is not packed`)
  })
}
