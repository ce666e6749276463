import { checkpointed } from '../autodiff/regions/checkpoint'
import { maskWith, masksOf, pack, type Parts, partsOf, unpack } from '../autodiff/packing'
import { cleanValue, pullBackMasked, pushForwardMasked } from '../autodiff/sweeps'
import { record, type Tape } from '../autodiff/tape'
import { applyAll, detached } from '../recording/apply'
import { type Cotangents, regionRule } from '../recording/law'
import type { Contribution } from '../recording/mask'
import type { Op } from '../recording/op'
import { Places } from '../recording/mask'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { Program, stagesOf } from './executable'

/** The attributes of a call. Its program is no property of its own: of a call, graphs print what it computes. */
class Call {
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

/** Differentiates a recorded graph. */
type Rule = (tape: Tape, outputs: readonly Tensor[], given: readonly Contribution[]) => readonly Contribution[]

/** The compiled derivative of a graph, for one pattern of what is given. */
interface Derivative {
  readonly values: Compiled
  /** What has a mask, and of which parts. */
  readonly parts: readonly Parts[]
  /** The masks, in a graph of their own: most are never asked for. */
  masks: Compiled | undefined
}

/** A graph with its program, and the compiled graphs that differentiate it; each is made when it is first needed. */
export class Compiled {
  #program: Program | undefined
  /** By mode, and by what is given: each pattern has a graph of its own. */
  readonly #derivatives = new Map<string, Derivative>()
  readonly #op: Op<Call>

  constructor(
    readonly name: string,
    readonly graph: Graph,
    /** What messages call the function. */
    private readonly label: () => string = () => name,
  ) {
    this.#op = { ...compiledCall, name }
  }

  /** The program, compiled when it is first asked for. */
  get program(): Program {
    return (this.#program ??= new Program(this.label, stagesOf(this.graph)))
  }

  /** Applies the graph as one op, which transforms see as a region. */
  apply(inputs: readonly Tensor[]): readonly Tensor[] {
    return applyAll(this.#op, inputs, new Call(this))
  }

  /** Cotangents of the inputs, given those of the outputs. */
  pullBack(inputs: readonly Tensor[], cotangents: readonly Contribution[]): readonly Contribution[] {
    return this.#differentiate('vjp', inputs, cotangents, pullBackMasked)
  }

  /** Tangents of the outputs, given those of the inputs. */
  pushForward(inputs: readonly Tensor[], tangents: readonly Contribution[]): readonly Contribution[] {
    return this.#differentiate('jvp', inputs, tangents, pushForwardMasked)
  }

  /** Whether inputs are float64 where the graph was traced in float32: it is then computed op by op. */
  isWidened(inputs: readonly Tensor[]): boolean {
    const { inputs: positions, values } = this.graph
    return positions.some((position, i) => inputs[i].dtype !== values[position].dtype)
  }

  /** What a rule makes of the graph and of what is given: by a compiled graph, or op by op where that is widened. */
  #differentiate(
    mode: string,
    inputs: readonly Tensor[],
    given: readonly Contribution[],
    rule: Rule,
  ): readonly Contribution[] {
    const derive = (own: readonly Tensor[], list: readonly Contribution[]) => {
      const { result, tape } = record(this.name, own, (aliases) => this.graph.evaluate(aliases))
      return rule(tape, result, list)
    }
    if (this.isWidened(inputs)) return derive(inputs, given)
    const packed = pack(given)
    const all = [...inputs, ...packed.tensors]
    const traced = (name: string, results: (derived: readonly Contribution[]) => unknown) => {
      const graph = traceLeaves(all, placesInList(all.length), (list) =>
        results(derive(list.slice(0, inputs.length), unpack(packed.parts, list.slice(inputs.length)))),
      )
      return new Compiled(`${this.name}.${name}`, graph)
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
export const compiledCall: Op<Call> = {
  name: 'compiled',
  infer: (inputs, attributes) => checkpointed.infer(inputs, attributes),
  body: {
    kind: 'region',
    run: (inputs, { graphs: [graph], compiled }) =>
      compiled.isWidened(inputs) || inputs.some((input) => input.isSymbolic)
        ? graph.evaluate(inputs)
        : compiled.program.run(inputs).map(detached),
  },
  law: regionRule({
    pullback: (cotangents, { inputs, attributes: { compiled } }) => compiled.pullBack(inputs, cotangents),
    jvp: (tangents, { inputs, attributes: { compiled } }) => compiled.pushForward(inputs, tangents),
  }),
  domain: (draw) => {
    const { inputs, attributes } = checkpointed.domain(draw)
    const [graph] = attributes.graphs
    return { inputs, attributes: new Call(new Compiled('compiled', graph)) }
  },
}
