// Checks that every public name has a docstring: each value exported by a package's src/index.ts needs a JSDoc comment,
// and a function needs a description, not tags alone. Every type that a public declaration names must be exported.
// Then checks what the documents say of the source.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { checkDocuments } from './documents.mjs'
import { checkPublicTypes } from './public-types.mjs'
import { report, shown } from './typescript-files.mjs'

/**
 * Checks all packages below a root folder.
 *
 * @param {string} root
 * @returns {{ problems: string[], names: number }} one line for each name without a docstring
 */
export function checkDocs(root) {
  const entries = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name, 'src', 'index.ts'))
    .filter((file) => existsSync(file))
    .sort()
  const program = ts.createProgram(entries, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ['source'],
    lib: ['lib.es2023.d.ts'],
    types: [],
    noEmit: true,
  })
  const checker = program.getTypeChecker()
  /** @type {string[]} */
  const problems = []
  let names = 0
  /** @type {ts.Symbol[]} */
  const exports = []

  for (const entry of entries) {
    const source = program.getSourceFile(entry)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) continue
    const folder = shown(root, dirname(dirname(entry)))
    for (const exported of checker.getExportsOfModule(module)) {
      exports.push(exported)
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      const declaration = symbol.declarations?.[0]
      if (declaration === undefined || !(symbol.flags & ts.SymbolFlags.Value)) continue
      // A name that another package exports is documented there.
      const file = declaration.getSourceFile()
      if (!shown(root, file.fileName).startsWith(`${folder}/`)) continue
      names++
      const described = symbol.getDocumentationComment(checker).some((part) => part.text.trim() !== '')
      const tagged = symbol.getJsDocTags(checker).length > 0
      const callable = checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0
      if (described || (tagged && !callable)) continue
      const line = file.getLineAndCharacterOfPosition(declaration.getStart(file)).line + 1
      const lacks = tagged ? 'a docstring with tags but no description' : 'no docstring'
      problems.push(`${shown(root, file.fileName)}:${line}: '${exported.name}', exported by ${folder}, has ${lacks}`)
    }
  }
  return { problems: [...problems, ...checkPublicTypes(checker, exports, root)], names }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'))
  const { problems, names } = checkDocs(root)
  const { problems: wrong, documents } = checkDocuments(root)
  report(
    'docs',
    [...problems, ...wrong],
    `${names} public names have a docstring, ${documents} documents name what exists`,
  )
}
