import { checkpointed } from '../autodiff/checkpoint'
import { pushForward } from '../autodiff/forward'
import { pullBack } from '../autodiff/reverse'
import { record } from '../autodiff/tape'
import { applyAll, detached } from '../graph/apply'
import { type Cotangents, vjpRule } from '../graph/law'
import type { Op } from '../graph/op'
import { zerosLike } from '../ops/creation'
import type { Graph } from '../trace/graph'
import { traceLeaves } from '../trace/trace'
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

/** A rule that takes what the graph computed from some inputs to derivatives, given those of the other side. */
type Rule = typeof pullBack

/** A graph with its program, and the compiled graphs that differentiate it; each is made when it is first needed. */
export class Compiled {
  #program: Program | undefined
  #pullback: Compiled | undefined
  #pushforward: Compiled | undefined

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

  /** Cotangents of the inputs, null where there is none, given those of the outputs. */
  pullBack(inputs: readonly Tensor[], cotangents: readonly Tensor[]): Cotangents {
    this.#pullback ??= this.#derivative('vjp', this.graph.outputs, pullBack)
    return this.#pullback.#derivativesAt([...inputs, ...cotangents])
  }

  /** Tangents of the outputs, given those of the inputs. */
  pushForward(inputs: readonly Tensor[], tangents: readonly Tensor[]): Cotangents {
    this.#pushforward ??= this.#derivative('jvp', this.graph.inputs, pushForward)
    return this.#pushforward.#derivativesAt([...inputs, ...tangents])
  }

  #derivative(mode: string, directions: readonly number[], rule: Rule): Compiled {
    const { inputs, values } = this.graph
    const types = [...inputs, ...directions].map((position) => values[position])
    const paths = types.map((_, i) => [i])
    const graph = traceLeaves(types, paths, (symbolic) =>
      this.differentiate(rule, symbolic.slice(0, inputs.length), symbolic.slice(inputs.length)),
    )
    return new Compiled(`${this.name}.${mode}`, graph)
  }

  /** Applies a rule to the graph, op by op. */
  differentiate(rule: Rule, inputs: readonly Tensor[], given: readonly Tensor[]): Cotangents {
    const { result, tape } = record(this.name, inputs, (aliases) => this.graph.evaluate(aliases))
    return rule(tape, result, given)
  }

  /** Whether inputs are float64 where the graph was traced in float32: it is then computed op by op. */
  isWidened(inputs: readonly Tensor[]): boolean {
    const { inputs: positions, values } = this.graph
    return positions.some((position, i) => inputs[i].dtype !== values[position].dtype)
  }

  #derivativesAt(inputs: readonly Tensor[]): Cotangents {
    return this.graph.assemble(this.apply(inputs)) as Cotangents
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
  law: vjpRule({
    pullback: (cotangents, { inputs, attributes: { compiled } }) =>
      compiled.isWidened(inputs)
        ? compiled.differentiate(pullBack, inputs, cotangents)
        : compiled.pullBack(inputs, cotangents),
    jvp: (given, { inputs, attributes: { compiled } }) => {
      const tangents = inputs.map((input, i) => given[i] ?? zerosLike(input))
      return compiled.isWidened(inputs)
        ? compiled.differentiate(pushForward, inputs, tangents)
        : compiled.pushForward(inputs, tangents)
    },
  }),
  domain: (draw) => {
    const { inputs, attributes } = checkpointed.domain(draw)
    const [graph] = attributes.graphs
    return { inputs, attributes: new Call(new Compiled('compiled', graph)) }
  },
}
