import { formatPath, type Graph, type Tensor } from '@cotangent/core'
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

/** What else the other parts of this package ask for. */
export interface WritingOptions extends StableHLOOptions {
  /** Constants of more bytes become arguments after those of the graph. Default: none. */
  readonly hoist?: number
  /** Writes named functions as the instructions that they consist of. Default: false. */
  readonly expand?: boolean
}

/** A module, and the tensors that it takes as further arguments. */
export interface StableHLOModule {
  readonly text: string
  readonly constants: readonly Tensor[]
}

/**
 * A traced graph as a module of StableHLO, in MLIR's text form. `@main` takes the inputs of the graph and returns its
 * outputs, in their order; `jax.arg_info` and `jax.result_info` tell the places. The same graph gives the same text.
 *
 * Operations know the op and the call site that they come from, which XLA shows in profiles. Named functions such as
 * `tanh` are one operation each. The results are those of Cotangent to within the rounding of XLA's functions, sums and
 * products; README.md of this folder states bounds. float64 arguments need `jax_enable_x64` in JAX.
 *
 * @throws ExportError if an op is computed by a kernel in JavaScript.
 */
export function toStableHLO(graph: Graph, options: StableHLOOptions = {}): string {
  const { name, root, checkIndices } = options
  return writeStableHLO(graph, { name, root, checkIndices }).text
}

/** `toStableHLO` with the options that bundles and tests need. */
export function writeStableHLO(graph: Graph, options: WritingOptions = {}): StableHLOModule {
  const { name = 'main', root = currentFolder(), checkIndices = false, hoist = Infinity, expand = false } = options
  const b = new Builder()
  const locations = new Locations(root)
  const inputs = graph.inputs.map((at, i): Value => {
    const { shape, dtype } = graph.values[at]
    return asValue({ name: `%arg${i}`, shape, element: elementOf(dtype) })
  })
  const constants = new Map<Tensor, Operand>()
  const target = new StableHLOTarget(b, locations, {
    isChecked: checkIndices,
    isExpanded: expand,
    hoist(tensor) {
      if (tensor.data.byteLength <= hoist) return null
      const number = inputs.length + constants.size
      const made = { name: `%arg${number}`, shape: tensor.shape, element: elementOf(tensor.dtype) }
      if (!constants.has(tensor)) constants.set(tensor, made)
      return constants.get(tensor)!
    },
  })
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
  const given = [
    ...inputs.map((input, i) => argument(input, formatPath(['args', ...graph.paths[i]]))),
    ...[...constants.values()].map((each, i) => argument(each, formatPath(['constants', i]))),
  ]
  const results = outputs.map((output, i) => `${tensorType(output)} {jax.result_info = ${quoted(places[i])}}`)
  const lines = [
    `module @${symbol(name)} {`,
    `  func.func public @main(${given.join(', ')}) -> (${results.join(', ')}) {`,
    ...(b.text === '' ? [] : [b.text]),
    `    return${outputs.length === 0 ? '' : ` ${names(outputs)} : ${tensorTypes(outputs)}`}`,
    '  }',
    '}',
    ...locations.definitions,
  ]
  return { text: `${lines.join('\n')}\n`, constants: [...constants.keys()] }
}

const argument = (operand: Operand, place: string) =>
  `${operand.name}: ${tensorType(operand)} {jax.arg_info = ${quoted(place)}} loc(${quoted(place)})`

/** A name as MLIR writes it after `@`: in quotes unless it is an identifier. */
function symbol(name: string): string {
  return /^[A-Za-z_][\w$.]*$/.test(name) ? name : quoted(name)
}

/** The current folder; undefined where there is none, as on a page. */
function currentFolder(): string | undefined {
  return typeof process === 'undefined' ? undefined : process.cwd?.()
}
