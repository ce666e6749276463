import { checkArguments, formatPath, type Graph, type Kind, kinds } from '@cotangent/core'
import { aGraph, aRoot } from '../kinds'
import { currentFolder } from '../lowering/call-site'
import { writeGraph } from '../lowering/walk'
import { Builder } from './builder'
import { quoted } from './literals'
import { Locations } from './locations'
import { StableHLOTarget } from './target'
import { asValue, elementOf, names, type Operand, tensorType, tensorTypes, type Value } from './types'

/** How `toStableHLO` writes a graph. */
export interface StableHLOOptions {
  /** The name of the module. Default: `main`. */
  readonly name?: string
  /**
   * The folder that file names in locations are relative to. A file outside of it is written by its base name. Default:
   * the current folder, if there is one.
   */
  readonly root?: string
  /**
   * Adds an int32 output, the number of indices out of range in the whole program. Cotangent throws for one; XLA clamps
   * it in a gather and drops it in a scatter. Default: false.
   */
  readonly checkIndices?: boolean
}

const aName: Kind = { expected: 'a name', accepts: (value) => typeof value === 'string' && value !== '' }
const parameters = [
  aGraph,
  /* @__PURE__ */ kinds.options({ name: aName, root: aRoot, checkIndices: kinds.flag } satisfies Record<
    keyof StableHLOOptions,
    Kind
  >),
]

/** What else the checks of this package ask for. */
export interface WritingOptions extends StableHLOOptions {
  /** Writes named functions as the instructions that they consist of. Default: false. */
  readonly expand?: boolean
}

/**
 * A traced graph as a module of StableHLO, in MLIR's text form. `@main` takes the inputs of the graph and returns its
 * outputs, in their order; `jax.arg_info` and `jax.result_info` tell the places. The same graph gives the same text.
 *
 * Operations know the op and the call site that they come from, which XLA shows in profiles. Named functions such as
 * `tanh` are one operation each. The results are those of Cotangent to within the rounding of XLA's functions (4 units
 * of the last place on CPU), sums and products. Products ask for full precision. Random bits are equal.
 *
 * XLA on CPU takes subnormal numbers for zero. An index out of range is no error: see `checkIndices`. float64 arguments
 * need `jax_enable_x64` in JAX.
 *
 * @throws ExportError if an op is computed by a kernel in JavaScript.
 */
export function toStableHLO(graph: Graph, options: StableHLOOptions = {}): string {
  checkArguments('toStableHLO', parameters, arguments)
  const { name, root, checkIndices } = options
  return writeStableHLO(graph, { name, root, checkIndices })
}

/** `toStableHLO` with the options that its checks need. */
export function writeStableHLO(graph: Graph, options: WritingOptions = {}): string {
  const { name = 'main', root = currentFolder(), checkIndices = false, expand = false } = options
  const b = new Builder()
  const locations = new Locations(root)
  const inputs = graph.inputs.map((at, i): Value => {
    const { shape, dtype } = graph.values[at]
    return asValue({ name: `%arg${i}`, shape, element: elementOf(dtype) })
  })
  const target = new StableHLOTarget(b, locations, { isChecked: checkIndices, isExpanded: expand })
  if (checkIndices) {
    target.from({ op: 'checkIndices', line: undefined })
    target.counter.count = b.splat(0, 'i32')
  }
  const outputs: Operand[] = [...writeGraph(graph, target, inputs)]
  const places = graph.outputPaths.map((path) => formatPath(['result', ...path]))
  if (checkIndices) {
    outputs.push(target.counter.count!)
    places.push('indices out of range')
  }
  const given = inputs.map((input, i) => argument(input, formatPath(['args', ...graph.paths[i]])))
  const results = outputs.map((output, i) => `${tensorType(output)} {jax.result_info = ${quoted(places[i])}}`)
  const body = b.textFor(outputs)
  const lines = [
    `module @${symbol(name)} {`,
    `  func.func public @main(${given.join(', ')}) -> (${results.join(', ')}) {`,
    ...(body === '' ? [] : [body]),
    `    return${outputs.length === 0 ? '' : ` ${names(outputs)} : ${tensorTypes(outputs)}`}`,
    '  }',
    '}',
    ...locations.definitions,
  ]
  return `${lines.join('\n')}\n`
}

const argument = (operand: Operand, place: string) =>
  `${operand.name}: ${tensorType(operand)} {jax.arg_info = ${quoted(place)}} loc(${quoted(place)})`

/** A name as MLIR writes it after `@`: in quotes unless it is an identifier. */
function symbol(name: string): string {
  return /^[A-Za-z_][\w$.]*$/.test(name) ? name : quoted(name)
}
