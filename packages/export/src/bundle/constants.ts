import { type Graph, identity, type Path, readable, type Tensor } from '@cotangent/core'
import { type Appearance, formatType, traceLeaves } from '@cotangent/core/internal'
import { ExportError } from '../errors'
import { isShort } from '../stablehlo/constants'
import type { InputEntry } from './manifest'
import { sha256 } from './sha256'

/** Constants of at least so many bytes leave in a file, not in the text of a module. */
const hoistedBytes = 4096

/** A graph whose large constants are further inputs. */
export interface Hoisted {
  /** It takes the inputs of the given graph, then `constants`. */
  readonly graph: Graph
  /** The large constants, equal ones once. */
  readonly constants: readonly Tensor[]
}

/**
 * Turns the large constants of a graph into inputs. A constant that repeats one element, or is a range, stays: its text
 * is short.
 *
 * @throws ExportError for a constant without elements: a symbolic tensor of another trace.
 */
export function hoistConstants(operation: string, graph: Graph): Hoisted {
  const constants: Tensor[] = []
  const positions = new Map<string, number>()
  const sources = [...graph.constants].map(([value, tensor]) => {
    const elements = readable(tensor)
    if (elements === null) throw captured(operation, graph, value)
    if (elements.byteLength < hoistedBytes || isShort(elements, tensor)) return tensor
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
    const key = `${tensor.dtype} ${tensor.shape.join()} ${sha256(bytes)}`
    if (!positions.has(key)) positions.set(key, constants.push(tensor) - 1)
    return positions.get(key)!
  })
  if (constants.length === 0) return { graph, constants }
  const inputs = graph.inputs.map((input) => graph.values[input])
  const evaluate = (list: readonly Tensor[]) => {
    const own = list.slice(0, inputs.length)
    const given = sources.map((source) => (typeof source === 'number' ? list[inputs.length + source] : source))
    return distinct(graph.evaluate(own, given))
  }
  const paths = [...graph.paths, ...constants.map((_, i) => ['constant', i])]
  return { graph: traceLeaves([...inputs, ...constants], placesOf(paths), evaluate, operation), constants }
}

/** The places of the inputs of a graph whose paths are known. */
export function placesOf(paths: readonly Path[]): Appearance[] {
  return paths.map((path, leaf) => ({
    leaf,
    place: path.reduce<Appearance['place']>((within, key) => ({ within, key }), null),
  }))
}

function captured(operation: string, graph: Graph, value: number): ExportError {
  const { dtype, shape } = graph.values[value]
  const line = graph.nodes.find(({ inputs }) => inputs.includes(value))?.site?.line
  return new ExportError(
    'symbolic-tensor',
    `[${operation}] expected constants with elements, got a symbolic ${formatType(dtype, shape)} that the function captures` +
      `${line === undefined ? '' : ` at ${line}`}; pass it as an argument, or export outside of traced functions`,
  )
}

/** Inputs for large constants, and their tensors. */
export function constantEntries(constants: readonly Tensor[]): InputEntry[] {
  return constants.map(({ dtype, shape }, i) => ({ role: 'constant', name: `constant.${i}`, dtype, shape: [...shape] }))
}

/** The tensors with a copy in place of each that came before: a graph has an output for each distinct tensor. */
export function distinct(tensors: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>()
  return tensors.map((each) => (seen.has(each) ? identity(each) : (seen.add(each), each)))
}
