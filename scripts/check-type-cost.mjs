// Checks what the types cost: the examples must compile within a ceiling of type instantiations. Time differs from machine
// to machine; the number of instantiations, which it follows, does not.
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { report } from './typescript-files.mjs'

// The ceiling is raised only in the commit that needs it, with the reason. The states of optimizers have types of their
// own, and trees follow the callbacks of `mapTree` (8,000). The types of subscripts and patterns take 23,000 wherever they
// are loaded, those of Fourier transforms 2,000, and those of linear algebra 10,000. Each use then takes, beside the 240 of
// a `matmul`: 780 `einsum('bij,bjk->bik')`, 1,140 with three operands and `...`, 500 to 1,000 `rearrange`, 630 `kron`.
// Sizes of slices and joins are computed, and shapes are exact up to six axes (7,000). Convolutions and pools know their
// shapes (6,000). The sources are checked with the examples: what cuts, picks and scatters takes 10,000, distributions with
// their log-densities, special functions and quantiles 6,000. The sizes of windows take 10,000 where they are declared, and 750
// in each convolution; those of chunks, and the shape of another tensor in generic code, 2,000. Layers with state whose
// shapes flow through any of them take 13,000. Layers with windows, normalizations along any axes and residual blocks take
// 25,000 where they are declared and in the digits, layers of sequences 12,000, losses, metrics and parts of models 6,000.
// The ten lessons of models take 39,000, of which a convolutional network takes 8,500. Exports take 14,000 or more, because
// their sources are loaded; the lesson on many machines takes 2,100 of them.
const ceiling = 330_000

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path))
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
const files = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  // The documents' blocks come and go.
  .filter((file) => file.endsWith('.ts') && !/\.test|node_modules|\.snippets/.test(file))
  .map((file) => join(root, 'examples', file))
const program = ts.createProgram(files, { ...options, noEmit: true, types: ['node'] })
const problems = ts
  .getPreEmitDiagnostics(program)
  .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
const count = /** @type {{ getInstantiationCount(): number }} */ (
  /** @type {unknown} */ (program)
).getInstantiationCount()
if (files.length <= 5) problems.push(`only ${files.length} files of examples were found`)
if (count >= ceiling) problems.push(`the examples take ${count} type instantiations, allowed are ${ceiling}`)
report('type cost', problems, `${files.length} files of examples take ${count} of ${ceiling} type instantiations`)
