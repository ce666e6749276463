import { ShapeError, TraceError } from '../errors'
import { type Node, nodesBetween, type Origin } from '../recording/node'
import type { TensorType } from '../recording/op'
import type { Scope } from '../recording/scope'
import { castTo } from '../recording/cast'
import { checkArguments, optional } from '../arguments/arguments'
import { beside } from '../trees/beside'
import { aFunction, aTensor, integerFrom, listOf } from '../arguments/kinds'
import { describeValue } from '../arguments/describe'
import { formatType } from '../values/printing'
import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { type Appearance, formatPath, type Path, pathOf, type Place } from '../trees/places'
import { flattenPlaces } from '../trees/tree'
import type { Flat } from '../trees/flat'
import { applyNode } from './apply-node'
import { type Cost, costByKey, costOf, type CostShare } from './cost'
import { type Diagram, diagramOf, toDot, toMermaid } from './diagram'
import { graphToJSON, type GraphJSON } from './json'
import { type GraphData, type GraphNode, lastUsesOf } from './graph-data'
import { isLiteral, printGraph } from './print'
import { isWider, outputTypes, widenedAll } from './widening'

const tensors = /* @__PURE__ */ listOf(aTensor)

/** The result of `trace`: a computation as data, in the order of computation. */
export class Graph implements GraphData {
  /** Type of every value: inputs, constants, results in order of computation, and scalar constants last. */
  readonly values: readonly TensorType[]
  /** Positions of the inputs, in the order of `paths`. */
  readonly inputs: readonly number[]
  /** Tensors that the function used and that do not depend on its inputs, by position. */
  readonly constants: ReadonlyMap<number, Tensor>
  readonly nodes: readonly GraphNode[]
  /** Positions of the outputs. */
  readonly outputs: readonly number[]

  readonly #appearances: readonly Appearance[]
  #paths: readonly Path[] | undefined
  readonly #result: Flat
  #lastUses: readonly (readonly number[])[] | undefined
  /** The traced arguments that are neither objects nor functions; undefined in place of the others. */
  readonly #constants: readonly unknown[] | undefined

  /** @internal Use `trace`. Captures the nodes between `inputs` and the tensors in `result`, before `scope` closes. */
  constructor(
    inputs: readonly Tensor[],
    appearances: readonly Appearance[],
    result: Flat,
    scope: Scope,
    args?: readonly unknown[],
  ) {
    this.#constants = args?.map((arg) => (arg instanceof Object ? undefined : arg))
    const values: TensorType[] = []
    const positions = new Map<Tensor, number>()
    const define = (tensor: Tensor): number => {
      const position = values.push({ shape: tensor.shape, dtype: tensor.dtype }) - 1
      positions.set(tensor, position)
      return position
    }
    const find = (tensor: Tensor) => positions.get(aliased.get(tensor) ?? tensor)!

    this.#result = result
    const own = new Set(inputs)
    const all = nodesBetween(this.#result.leaves, scope).filter(({ outputs }) => !own.has(outputs[0]))
    const aliased = originals(all)
    const nodes = all.filter(({ op }) => !op.isAlias)
    const computed = new Set([...inputs, ...all.flatMap(({ outputs }) => outputs)])
    const constants = [...nodes.flatMap((node) => node.inputs), ...this.#result.leaves]
      .map((tensor) => aliased.get(tensor) ?? tensor)
      .filter((tensor) => !computed.has(tensor))

    // Literals are printed where they are used. They are numbered last, so that the printed numbers have no gaps.
    this.inputs = inputs.map(define)
    for (const tensor of new Set(constants)) if (!isLiteral(tensor)) define(tensor)
    for (const { outputs } of nodes) outputs.forEach(define)
    for (const tensor of new Set(constants)) if (isLiteral(tensor)) define(tensor)

    this.#appearances = appearances
    this.nodes = nodes.map(({ id, op, attributes, inputs, outputs, site, origin, operation, frames }) => ({
      id,
      op,
      attributes: attributes as unknown,
      inputs: inputs.map(find),
      outputs: outputs.map(find),
      site,
      origin: origin && unlinked(origin),
      operation,
      frames,
    }))
    this.outputs = this.#result.leaves.map(find)
    this.values = values
    this.constants = new Map([...new Set(constants)].map((tensor) => [find(tensor), tensor]))
  }

  /** The first place of each input in the arguments: `[0, 'weight']` is `weight` of the first argument. */
  get paths(): readonly Path[] {
    return (this.#paths ??= firstPlaces(this.#appearances).map(pathOf))
  }

  /** The first place of each output in what the traced function returned. */
  get outputPaths(): readonly Path[] {
    return this.#result.paths
  }

  /**
   * Computes the graph on other values of the same shapes and dtypes, op by op. Transforms can differentiate it like
   * any function.
   *
   * @throws TraceError if the tensors are at other places than in the traced arguments; ShapeError if their types
   * differ; ValueError if two places had one tensor in the trace and get different tensors.
   */
  run(...args: readonly unknown[]): any {
    const traced = { leaves: this.inputs, appearances: this.#appearances }
    const given = flattenPlaces('run', args).appearances
    const inputs = beside('run', traced, args, (found) => {
      if (found instanceof Tensor) return found
      throw otherStructure(this.#appearances, given)
    })
    if (given.length !== this.#appearances.length) throw otherStructure(this.#appearances, given)
    this.#checkConstants(args)
    this.#checkInputs('run', inputs, false)
    return this.assemble(this.evaluate(inputs))
  }

  /** The tree that the traced function returned, with `outputs` in place of its tensors. */
  assemble(outputs: readonly Tensor[]): any {
    checkArguments('assemble', [tensors], arguments)
    checkCount('assemble', 'outputs', outputs.length, this.outputs.length)
    return this.rebuild(outputs)
  }

  /** @internal `assemble` of anything without checks, because every compiled call runs it. */
  rebuild(outputs: readonly unknown[]): unknown {
    return this.#result.rebuild(outputs)
  }

  /**
   * `run` from a list of inputs to the list of outputs. `captured` replaces the constants, in their order. float64
   * inputs may replace float32 inputs: values that were traced as float32 are then computed in float64.
   */
  evaluate(inputs: readonly Tensor[], captured: readonly Tensor[] = [...this.constants.values()]): readonly Tensor[] {
    checkArguments('evaluate', [tensors, optional(tensors)], arguments)
    checkCount('evaluate', 'inputs', inputs.length, this.inputs.length)
    checkCount('evaluate', 'constants', captured.length, this.constants.size)
    this.#checkInputs('evaluate', inputs, true)
    const lastUses = (this.#lastUses ??= lastUsesOf(this))
    const computed = new Array<Tensor | undefined>(this.values.length)
    const given = [...inputs, ...captured]
    const all = widenedAll(this, given)
    ;[...this.inputs, ...this.constants.keys()].forEach((position, i) => (computed[position] = all[i]))
    this.nodes.forEach(({ inputs, outputs }, at) => {
      const results = this.apply(
        at,
        inputs.map((input) => computed[input]!),
      )
      outputs.forEach((output, i) => (computed[output] = results[i]))
      for (const position of lastUses[at]) computed[position] = undefined
    })
    const results = this.outputs.map((output) => computed[output]!)
    if (all === given) return results
    const types = outputTypes(this, all)
    return results.map((result, i) => castTo(result, types[i].dtype))
  }

  /**
   * Applies the node at a position to other inputs of the traced types, or to float64 inputs in place of float32
   * inputs.
   */
  apply(at: number, inputs: readonly Tensor[]): readonly Tensor[] {
    checkArguments('apply', [integerFrom(0, this.nodes.length - 1), tensors], arguments)
    checkCount('apply', 'inputs', inputs.length, this.nodes[at].inputs.length)
    // In reverse mode, an op may return what its rule reads as further outputs.
    return applyNode(this, at, inputs).slice(0, this.nodes[at].outputs.length)
  }

  /** Arithmetic operations, memory traffic and peak memory; `Cost` defines the counts. */
  cost(): Cost {
    checkArguments('cost', [], arguments)
    return costOf(this)
  }

  /**
   * Operations and memory traffic of groups of nodes: of those for which `keyOf` returns the same key. Nodes of
   * subgraphs count as often as they run; of a branch, those of the subgraph with the most flops. `keyOf` also gets the
   * key of the op that owns the subgraph: `graph.costBy((node) => node.op.name)`.
   */
  costBy<K>(keyOf: (node: GraphNode, around?: K) => K): Map<K, CostShare> {
    checkArguments('costBy', [aFunction], arguments)
    return costByKey(this, keyOf)
  }

  /** The graph as text, with one line per node: `%3: float32[2, 3] = mul(%0, %1)`. */
  toString(): string {
    return printGraph(this)
  }

  /** The graph as boxes and arrows, for tools that draw it. */
  toDiagram(): Diagram {
    checkArguments('toDiagram', [], arguments)
    return diagramOf(this)
  }

  /** The graph in the DOT language of Graphviz. */
  toDot(): string {
    checkArguments('toDot', [], arguments)
    return toDot(this)
  }

  /** The graph as a Mermaid flowchart. */
  toMermaid(): string {
    checkArguments('toMermaid', [], arguments)
    return toMermaid(this)
  }

  /** The graph as plain data. Equal graphs give equal JSON. */
  toJSON(): GraphJSON {
    return graphToJSON(this)
  }

  #checkConstants(args: readonly unknown[]): void {
    const traced = this.#constants
    if (traced === undefined) return
    const odd = args.findIndex((arg, i) =>
      i < traced.length ? !(arg instanceof Object) && !Object.is(arg, traced[i]) : true,
    )
    if (odd >= 0)
      throw new TraceError(
        'run-structure',
        `[run] the graph was traced with ${odd < traced.length ? `${describeValue(traced[odd])} as argument ${odd + 1}` : `${traced.length} arguments`}, ` +
          `got ${describeValue(args[odd])} as argument ${odd + 1}; trace again for other arguments`,
      )
  }

  #checkInputs(operation: string, inputs: readonly Tensor[], mayWiden: boolean): void {
    inputs.forEach((input, i) => {
      const expected = this.values[this.inputs[i]]
      const hasType = input.dtype === expected.dtype || (mayWiden && isWider(input.dtype, expected.dtype))
      if (!hasType || !sameShape(input.shape, expected.shape))
        throw new ShapeError(
          'run-type',
          `[${operation}] args${formatPath(this.paths[i])} was traced as ${formatType(expected.dtype, expected.shape)}, ` +
            `got ${formatType(input.dtype, input.shape)}; trace again for other shapes`,
        )
    })
  }
}

/** The first place of each leaf. */
function firstPlaces(appearances: readonly Appearance[]): (Place | null)[] {
  const places: (Place | null)[] = []
  for (const { leaf, place } of appearances) if (!(leaf in places)) places[leaf] = place
  return places
}

function otherStructure(traced: readonly Appearance[], given: readonly Appearance[]): TraceError {
  const list = (appearances: readonly Appearance[]) =>
    appearances.map(({ place }) => `args${formatPath(pathOf(place))}`).join(', ')
  return new TraceError(
    'run-structure',
    `[run] the graph was traced with tensors at ${list(traced) || 'no place'}, got tensors at ${list(given) || 'no place'}; ` +
      'pass trees of the traced structure',
  )
}

function checkCount(operation: string, what: string, got: number, expected: number): void {
  if (got !== expected)
    throw new TraceError(
      'run-structure',
      `[${operation}] expected ${expected} tensors as ${what}, got ${got}; pass one tensor for each of the graph's ${what}, in order`,
    )
}

/** An origin without links to the tensors of its node. */
function unlinked({ id, op, site, origin }: Origin): Origin {
  return { id, op, site, origin: origin && unlinked(origin) }
}

/** For each output of an alias, the tensor that it is an alias of. */
function originals(nodes: readonly Node[]): Map<Tensor, Tensor> {
  const found = new Map<Tensor, Tensor>()
  for (const { op, inputs, outputs } of nodes) if (op.isAlias) found.set(outputs[0], found.get(inputs[0]) ?? inputs[0])
  return found
}
