// Finds types that a public declaration names, but that no entry exports. A program that emits declarations of its own
// cannot name the types of values that it gets through them (TypeScript's errors 2742 and 4023).
import ts from 'typescript'
import { shown } from './typescript-files.mjs'

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol[]} exports what the public entries export
 * @param {string} root
 * @returns {string[]} one line for each problem
 */
export function checkPublicTypes(checker, exports, root) {
  /** @param {ts.Symbol} symbol */
  const target = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)
  const isPublic = new Set(exports.map(target))
  /** @type {Set<string>} */
  const problems = new Set()
  const looked = new Set(isPublic)
  for (const symbol of looked) {
    for (const declaration of symbol.declarations ?? []) {
      const file = declaration.getSourceFile()
      for (const name of typeNames(declaration)) {
        const found = checker.getSymbolAtLocation(name)
        const home = found && target(found).declarations?.[0]
        if (found === undefined || home === undefined || isPublic.has(target(found))) continue
        // Type parameters and the types of TypeScript's own library are always there.
        if (ts.isTypeParameterDeclaration(home) || home.getSourceFile().isDeclarationFile) continue
        // The compiler expands what an alias is made of, and then names what that names.
        if (ts.isTypeAliasDeclaration(declaration) && ts.isTypeAliasDeclaration(home)) {
          looked.add(target(found))
          continue
        }
        const line = file.getLineAndCharacterOfPosition(declaration.getStart(file)).line + 1
        problems.add(
          `${shown(root, file.fileName)}:${line}: '${symbol.name}' names the type '${name.getText()}', which no entry exports`,
        )
      }
    }
  }
  return [...problems]
}

/** The names of types in a declaration, without what is private or in a function's body. @param {ts.Node} declaration */
function typeNames(declaration) {
  /** @type {ts.Node[]} */
  const names = []
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isBlock(node) || isInternal(node)) return
    if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node)) {
      if (node.type) visit(node.type)
      return
    }
    if (ts.isTypeReferenceNode(node)) names.push(node.typeName)
    else if (ts.isExpressionWithTypeArguments(node)) names.push(node.expression)
    ts.forEachChild(node, visit)
  }
  visit(declaration)
  return names
}

/** Private members, and those whose docstring says `@internal`. @param {ts.Node} node */
function isInternal(node) {
  if (!ts.isClassElement(node) && !ts.isTypeElement(node)) return false
  if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return true
  return (
    (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0 ||
    ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'internal')
  )
}
