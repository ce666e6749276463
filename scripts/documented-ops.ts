// The functions of core's ops with their calls and docstrings, in the order in which api.ts exports them.
import ts from 'typescript'

/** An exported function as its source documents it. */
export interface Documented {
  readonly name: string
  /** The file that defines it. */
  readonly file: string
  /** How it is called: `sum(x, { axis?, keepDims? })`. */
  readonly call: string
  readonly text: string
  /** What it throws, or nothing. */
  readonly throws: string
}

/** All functions that `api` exports from the folder `ops`. */
export function documentedOps(api: string): readonly Documented[] {
  // Calls and docstrings need no types of the standard library, and nothing of the layers beside those of the ops.
  // Loading them would take longer than all the rest.
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noLib: true,
    types: [],
  }
  const host = ts.createCompilerHost(options)
  const program = ts.createProgram([api], options, {
    ...host,
    getSourceFile: (file, ...rest) =>
      /\/(?:api\.ts|(?:ops|attention|sampling|types|recording|arguments|values)\/(?:[\w-]+\/)?[\w-]+\.ts)$/.test(file)
        ? host.getSourceFile(file, ...rest)
        : ts.createSourceFile(file, '', options.target),
  })
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(api)!)!
  return checker.getExportsOfModule(module).flatMap((each) => {
    const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each
    const file = symbol.declarations?.[0].getSourceFile().fileName ?? ''
    // A class whose type is exported is what a function returns.
    if (
      !/\/src\/(?:ops|attention|sampling)\//.test(file) ||
      !(symbol.flags & ts.SymbolFlags.Value) ||
      symbol.flags & ts.SymbolFlags.Class
    )
      return []
    const throws = symbol.getJsDocTags(checker).find((tag) => tag.name === 'throws')?.text
    return [
      {
        name: each.name,
        file,
        call: `${each.name}(${parametersOf(symbol, checker)})`,
        text: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
        throws: ts.displayPartsToString(throws),
      },
    ]
  })
}

function parametersOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures()
  // Functions whose type is computed take one tensor.
  if (signatures.length === 0) return 'x'
  const parameters = signatures.map((signature) => signature.getParameters())
  const longest = parameters.reduce((a, b) => (b.length >= a.length ? b : a))
  return longest
    .map((parameter, i) => {
      const declaration = parameter.valueDeclaration as ts.ParameterDeclaration
      if (declaration.dotDotDotToken) return `...${parameter.name}`
      if (parameter.name === 'options')
        return optionsOf(
          parameters.flatMap((list) => list[i] ?? []),
          checker,
        )
      const isOptional = declaration.questionToken !== undefined || parameters.some((list) => list.length <= i)
      return isOptional ? `${parameter.name}?` : parameter.name
    })
    .filter((text) => text !== '')
    .join(', ')
}

/** The options that any of the overloads, or of several alternatives, has; nothing if there are none. */
function optionsOf(parameters: readonly ts.Symbol[], checker: ts.TypeChecker): string {
  const types = parameters.map((parameter) => checker.getNonNullableType(checker.getTypeOfSymbol(parameter)))
  const alternatives = types.flatMap((type) => (type.isUnion() ? type.types : [type]))
  const properties = alternatives.map((type) => checker.getPropertiesOfType(type))
  const names = [...new Set(properties.flatMap((list) => list.map(({ name }) => name)))]
  const isNeeded = (name: string) =>
    properties.every((list) => list.some((each) => each.name === name && !(each.flags & ts.SymbolFlags.Optional)))
  return names.length === 0 ? '' : `{ ${names.map((name) => (isNeeded(name) ? name : `${name}?`)).join(', ')} }`
}
