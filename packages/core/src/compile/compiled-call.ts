import type { LoaderChoice } from '../backends/backend'
import { checkpointed } from '../autodiff/regions/checkpoint'
import { maskWith, masksOf, pack, type Parts, partsOf, unpack } from '../autodiff/packing'
import { cleanValue, pullBackMasked, pushForwardMasked } from '../autodiff/sweeps'
import { record, type Tape } from '../autodiff/tape'
import { type BatchedGraph, batchGraph } from '../batching/replay'
import { applyAll, detached } from '../recording/apply'
import { type Cotangents, regionRule } from '../recording/law'
import type { Contribution } from '../recording/mask'
import type { Batched, Op } from '../recording/op'
import { Places } from '../recording/mask'
import { bodyAlone } from '../graph/bodies'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import { isWidened, outputTypes } from '../graph/widening'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { Executable, stagesOf } from './executable'

/** Attributes of a compiled call. The program hides behind an accessor, so that printed graphs show only `graphs`. */
class CallAttributes {
  readonly graphs: readonly [Graph]
  readonly #compiled: Compiled

  constructor(compiled: Compiled) {
    this.graphs = [compiled.graph]
    this.#compiled = compiled
  }

  get compiled(): Compiled {
    return this.#compiled
  }
}

/** A rule that differentiates a recorded graph. */
type Sweep = (tape: Tape, outputs: readonly Tensor[], given: readonly Contribution[]) => readonly Contribution[]

/** The compiled derivative of a graph, for one pattern of given cotangents or tangents. */
interface Derivative {
  readonly values: Compiled
  /** For each result, which of its parts have a mask. */
  readonly parts: readonly Parts[]
  /** The masks, in a separate graph, because most are never needed. */
  masks: Compiled | undefined
}

/** A graph with its executable and the compiled graphs that differentiate it. Each is made on first use. */
export class Compiled {
  #executable: Executable | undefined
  /** Keyed by mode and by the pattern of the given cotangents or tangents: each pattern has its own graph. */
  readonly #derivatives = new Map<string, Derivative>()
  readonly #batched = new Map<string, { readonly compiled: Compiled; outputsOf: BatchedGraph['outputsOf'] }>()
  readonly #op: Op<CallAttributes>

  constructor(
    readonly name: string,
    readonly graph: Graph,
    private readonly loaderOf: LoaderChoice,
    /** The function's name in messages. */
    private readonly label: () => string = () => name,
  ) {
    this.#op = { ...compiledCallOn(loaderOf), name }
  }

  /** The executable, compiled on first use. */
  get executable(): Executable {
    return (this.#executable ??= new Executable(this.label, stagesOf(this.graph, this.loaderOf)))
  }

  /** Applies the graph as one op; transforms see it as a region. */
  apply(inputs: readonly Tensor[]): readonly Tensor[] {
    return applyAll(this.#op, inputs, new CallAttributes(this))
  }

  /** Applies the graph to a batch. Each pattern of batched inputs has its own graph. */
  applyBatch(inputs: readonly Batched[], size: number): readonly Batched[] {
    const key = `${size} ${inputs.map(({ isBatched }) => Number(isBatched)).join('')}`
    let found = this.#batched.get(key)
    if (found === undefined) {
      const { graph, outputsOf } = batchGraph(this.graph, inputs, size)
      found = { compiled: new Compiled(this.name, graph, this.loaderOf, this.label), outputsOf }
      this.#batched.set(key, found)
    }
    return found.outputsOf(found.compiled.apply(inputs.map(({ tensor }) => tensor)))
  }

  /** Cotangents of the inputs, given those of the outputs. */
  pullBack(inputs: readonly Tensor[], cotangents: readonly Contribution[]): readonly Contribution[] {
    return this.#differentiate('vjp', inputs, cotangents, pullBackMasked)
  }

  /** Tangents of the outputs, given those of the inputs. */
  pushForward(inputs: readonly Tensor[], tangents: readonly Contribution[]): readonly Contribution[] {
    return this.#differentiate('jvp', inputs, tangents, pushForwardMasked)
  }

  /**
   * Applies a rule to the graph and the given cotangents or tangents: as a compiled graph, or op by op for widened
   * inputs.
   */
  #differentiate(
    mode: string,
    inputs: readonly Tensor[],
    given: readonly Contribution[],
    rule: Sweep,
  ): readonly Contribution[] {
    const derive = (own: readonly Tensor[], list: readonly Contribution[]) => {
      const { result, tape } = record(this.name, own, (aliases) => this.graph.evaluate(aliases))
      return rule(tape, result, list)
    }
    if (isWidened(this.graph, inputs)) return derive(inputs, given)
    const packed = pack(given)
    const all = [...inputs, ...packed.tensors]
    const traced = (name: string, results: (derived: readonly Contribution[]) => unknown) => {
      const graph = traceLeaves(all, placesInList(all.length), (list) =>
        results(derive(list.slice(0, inputs.length), unpack(packed.parts, list.slice(inputs.length)))),
      )
      return new Compiled(`${this.name}.${name}`, graph, this.loaderOf)
    }
    const key = `${mode} ${packed.parts.join()}`
    let derivative = this.#derivatives.get(key)
    if (derivative === undefined) {
      let parts: readonly Parts[] = []
      const values = traced(mode, (derived) => {
        parts = derived.map(partsOf)
        return derived.map(cleanValue)
      })
      derivative = { values, parts, masks: undefined }
      this.#derivatives.set(key, derivative)
    }
    const { values, parts } = derivative
    const results = values.graph.assemble(values.apply(all)) as Cotangents
    let masks: readonly (readonly (Tensor | null)[])[] | undefined
    const maskOf = (i: number, part: number) => {
      const graph = (derivative.masks ??= traced(`${mode} masks`, (derived) => derived.map(masksOf)))
      masks ??= graph.graph.assemble(graph.apply(all)) as (Tensor | null)[][]
      return masks[i][part]
    }
    return results.map((value, i) => {
      if (value === null) return null
      const mask = maskWith(parts[i], (part) => new Places(value.shape, () => maskOf(i, part)))
      return { value, mask, clean: true }
    })
  }
}

/** A call of a compiled function inside a transform. Its derivatives are compiled as well. */
/* @__NO_SIDE_EFFECTS__ */
export function compiledCallOn(loaderOf: LoaderChoice): Op<CallAttributes> {
  return {
    name: 'compiled',
    infer: (inputs, { graphs: [graph] }) => outputTypes(graph, inputs),
    body: {
      kind: 'region',
      owned: ({ graphs: [graph] }) => [bodyAlone(graph, graph.inputs.length)],
      run: (inputs, { graphs: [graph], compiled }) =>
        isWidened(graph, inputs) || inputs.some((input) => input.isSymbolic)
          ? graph.evaluate(inputs)
          : compiled.executable.run(inputs).map(detached),
      batch: ({ inputs, attributes: { compiled }, size }) => compiled.applyBatch(inputs, size),
    },
    law: regionRule({
      pullback: (cotangents, { inputs, attributes: { compiled } }) => compiled.pullBack(inputs, cotangents),
      jvp: (tangents, { inputs, attributes: { compiled } }) => compiled.pushForward(inputs, tangents),
    }),
    domain: (draw) => {
      const { inputs, attributes } = checkpointed.domain(draw)
      const [graph] = attributes.graphs
      return { inputs, attributes: new CallAttributes(new Compiled('compiled', graph, loaderOf)) }
    },
  }
}
