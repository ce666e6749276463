// Emits the declarations of the package in the working directory: one file for each source, with the names of the
// source, as ES modules (.d.ts) and as CommonJS (.d.cts). A roll-up would rename types, and programs that emit
// declarations of their own could not name them.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

const source = resolve('src')
const target = resolve('dist')
const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd(), {
  declaration: true,
  emitDeclarationOnly: true,
  noEmit: false,
  outDir: target,
  rootDir: source,
})

const specifiers = /((?:from|import) ?\(?)(['"])(\.[^'"]*)\2/g

/** The module that a relative specifier names, as a path below the sources and without an extension. @param {string} from @param {string} specifier */
function moduleOf(from, specifier) {
  const path = join(dirname(from), specifier)
  return existsSync(join(source, `${path}.ts`)) ? path : join(path, 'index')
}

/** The text of each declaration, by module. @type {Map<string, string>} */
const emitted = new Map()
const program = ts.createProgram(fileNames, options)
const { diagnostics } = program.emit(undefined, (file, text) =>
  emitted.set(relative(target, resolve(file)).replace(/\.d\.ts$/, ''), text),
)
const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics]
if (problems.length > 0) {
  console.error(ts.formatDiagnosticsWithColorAndContext(problems, ts.createCompilerHost(options)))
  process.exit(1)
}

// Only what the declarations of the entries name is published: the bundles hold the rest.
const entries = readdirSync(target).filter((file) => file.endsWith('.js') && emitted.has(file.slice(0, -3)))
const wanted = new Set(entries.map((file) => file.slice(0, -3)))
for (const module of wanted)
  for (const [, , , specifier] of (emitted.get(module) ?? '').matchAll(specifiers))
    wanted.add(moduleOf(module, specifier))

for (const module of wanted) {
  const text = emitted.get(module) ?? ''
  /** Node asks for the extensions that the sources leave out. @param {string} extension */
  const withExtension = (extension) =>
    text.replace(specifiers, (_, before, quote, specifier) => {
      const path = relative(dirname(module), moduleOf(module, specifier)).replaceAll('\\', '/')
      return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${extension}${quote}`
    })
  mkdirSync(dirname(join(target, module)), { recursive: true })
  writeFileSync(join(target, `${module}.d.ts`), withExtension('.js'))
  writeFileSync(join(target, `${module}.d.cts`), withExtension('.cjs'))
}
