import { checkpointed } from '../autodiff/checkpoint'
import { pushForward } from '../autodiff/forward'
import { pullBackMasked } from '../autodiff/reverse'
import { record, type Tape } from '../autodiff/tape'
import { applyAll, detached } from '../graph/apply'
import { type Contribution, type Cotangents, regionRule } from '../graph/law'
import type { Op } from '../graph/op'
import type { Graph } from '../trace/graph'
import { traceLeaves } from '../trace/trace'
import { placesInList } from '../values/places'
import type { Tensor } from '../values/tensor'
import { Program, stagesOf } from './program'

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

/** Differentiates a recorded graph, given what stands in a list of tensors. */
type Rule = (tape: Tape, outputs: readonly Tensor[], given: readonly Tensor[]) => readonly unknown[]

/** A graph with its program, and the compiled graphs that differentiate it; each is made when it is first needed. */
export class Compiled {
  #program: Program | undefined
  /** By mode, and by what is given: each pattern has a graph of its own. */
  readonly #derivatives = new Map<string, Compiled>()
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
    const given = cotangents.flatMap((each) =>
      each === null ? [] : each.mask ? [each.value, each.mask] : [each.value],
    )
    const pattern = cotangents.map((each) => (each === null ? 'none' : each.mask ? 'masked' : 'whole'))
    const rule: Rule = (tape, outputs, list) => {
      let at = 0
      const found = pattern.map((kind) =>
        kind === 'none' ? null : { value: list[at++], mask: kind === 'masked' ? list[at++] : null },
      )
      return pullBackMasked(tape, outputs, found)
    }
    return this.#differentiate(`vjp ${pattern.join()}`, inputs, given, rule) as readonly Contribution[]
  }

  /** Tangents of the outputs, given those of the inputs. */
  pushForward(inputs: readonly Tensor[], tangents: Cotangents): Cotangents {
    const present = tangents.map((each) => each !== null)
    const rule: Rule = (tape, outputs, list) => {
      let at = 0
      const found = present.map((isPresent) => (isPresent ? list[at++] : null))
      return pushForward(tape, outputs, found)
    }
    const given = tangents.filter((each) => each !== null)
    return this.#differentiate(`jvp ${present.join()}`, inputs, given, rule) as Cotangents
  }

  /** Whether inputs are float64 where the graph was traced in float32: it is then computed op by op. */
  isWidened(inputs: readonly Tensor[]): boolean {
    const { inputs: positions, values } = this.graph
    return positions.some((position, i) => inputs[i].dtype !== values[position].dtype)
  }

  /** What a rule makes of the graph and of what is given: by a compiled graph, or op by op where that is widened. */
  #differentiate(key: string, inputs: readonly Tensor[], given: readonly Tensor[], rule: Rule): readonly unknown[] {
    const derive = (own: readonly Tensor[], list: readonly Tensor[]) => {
      const { result, tape } = record(this.name, own, (aliases) => this.graph.evaluate(aliases))
      return rule(tape, result, list)
    }
    if (this.isWidened(inputs)) return derive(inputs, given)
    let derivative = this.#derivatives.get(key)
    if (derivative === undefined) {
      const all = [...inputs, ...given]
      const count = inputs.length
      const graph = traceLeaves(all, placesInList(all.length), (list) =>
        derive(list.slice(0, count), list.slice(count)),
      )
      derivative = new Compiled(`${this.name}.${key.slice(0, 3)}`, graph)
      this.#derivatives.set(key, derivative)
    }
    return derivative.graph.assemble(derivative.apply([...inputs, ...given])) as readonly unknown[]
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
