import { backend } from '../backends/backend'
import { bodyOf, type Body, type Buffer, type TensorType } from '../kernels/work'
import { add } from '../ops/arithmetic'
import { broadcastTo, sumTo } from '../ops/broadcasting'
import {
  type Application,
  bilinear,
  type Cotangents,
  type ElementwiseLaw,
  type Law,
  type LinearLaw,
  linear,
  type VjpLaw,
  vjpRule,
} from '../recording/law'
import type { Op } from '../recording/op'
import { workOf } from '../recording/resolve'
import { frozenShape, sizeOf } from '../values/shape'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/** A function of the tensors of one example. null and undefined stand for no result. */
export type Rule = (tensors: readonly Tensor[]) => readonly (Tensor | null | undefined)[]

/** Applies a rule to batched tensors, for each example. */
export type EachExample = (rule: Rule, tensors: readonly Tensor[]) => readonly (Tensor | null)[]

const known = new WeakMap<Op, Op>()
const singles = new WeakMap<Op, Op>()

/** The op that an op applies to each example; another op itself. */
export function singleOp(op: Op): Op {
  return singles.get(op) ?? op
}

/**
 * The op that applies another op to each example: inputs and output have one more axis, the first. Its work is done
 * example by example, and its law is the other op's, for each example. It serves ops that state no `lift`.
 */
export function forEachExample<A>(op: Op<A>, batch: EachExample): Op<A> {
  let found = known.get(op)
  if (found === undefined) {
    found = {
      name: `each example: ${op.name}`,
      infer: (inputs, attributes) => {
        const { shape, dtype } = op.infer(inputs.map(oneOf), attributes) as TensorType
        return { shape: [inputs[0].shape[0], ...shape], dtype }
      },
      body: eachBody(op),
      law: eachLaw(op.law, batch),
      domain: (draw) => {
        const { inputs, ...others } = op.domain(draw)
        const size = draw.integer(0, 3)
        return { ...others, inputs: inputs.map((input) => ({ ...input, shape: [size, ...input.shape] })) }
      },
    }
    known.set(op, found)
    singles.set(found, op)
  }
  return found
}

/** The type of one example. */
function oneOf({ shape, dtype }: TensorType): TensorType {
  return { shape: frozenShape(shape.slice(1)), dtype }
}

/** One example of a batch. */
function exampleOf(buffer: Buffer, at: number): Buffer {
  const type = oneOf(buffer)
  const size = sizeOf(type.shape)
  return { ...type, data: buffer.data.subarray(at * size, (at + 1) * size) }
}

function eachBody<A>(op: Op<A>): Body<A, 'opaque'> {
  return bodyOf('opaque', (attributes: A, inputs, output) => {
    const work = workOf(op.name, op.body as Body<A>, inputs.map(oneOf), oneOf(output), attributes)
    return {
      run(batch, into) {
        for (let at = 0; at < output.shape[0]; at++) {
          const examples = batch.map((buffer) => exampleOf(buffer, at))
          const example = exampleOf(into, at)
          if (work.kind === 'opaque') work.run(examples, example)
          else example.data.set(backend().execute(work, examples, { ...example, shape: [...example.shape] }))
        }
      },
    }
  })
}

type LawOf<K extends Law['kind']> = Extract<Law, { kind: K }>

/** An application to a batch as a list of tensors, and one to an example from such a list. */
function asList({ inputs, outputs }: Application): readonly Tensor[] {
  return [...inputs, ...outputs]
}

function fromList(list: readonly Tensor[], { inputs, attributes }: Application): Application {
  const outputs = list.slice(inputs.length)
  return { inputs: list.slice(0, inputs.length), output: outputs[0], outputs, attributes: attributes as unknown }
}

// A kind of law that is missing here does not compile. Regions batch themselves.
const eachLaws: { [K in Exclude<Law['kind'], 'region'>]: (law: LawOf<K>, batch: EachExample) => Law } = {
  elementwise: (law, batch) => vjpRule(elementwiseRules(law, batch)),
  linear: ({ arguments: positions, linearIn, movement, transpose, taken, window }: LinearLaw<any>, batch) =>
    linear({
      movement,
      ...(positions && { arguments: positions }),
      ...(linearIn && { linearIn }),
      transpose: (cotangent, application) =>
        batch(([g, ...list]) => transpose(g, fromList(list, application)), [cotangent, ...asList(application)]),
      ...(taken && {
        taken: (argument: number, application: Application) =>
          batch((list) => [taken(argument, fromList(list, application))], asList(application))[0]!,
      }),
      ...(window && {
        window: (attributes: unknown) => {
          const { start, step, of } = window(attributes)
          return { start: [0, ...start], step: [1, ...step], of }
        },
      }),
    }),
  bilinear: ({ transposes }, batch) => {
    const side =
      (i: number) =>
      (cotangent: Tensor, application: Application): Tensor =>
        batch(
          ([g, ...list]) => [transposes[i](g, fromList(list, application))],
          [cotangent, ...asList(application)],
        )[0]!
    return bilinear(side(0), side(1))
  },
  vjp: ({ pullback, jvp, linearIn, taken }: VjpLaw<any>, batch) =>
    vjpRule({
      ...(linearIn && { linearIn }),
      pullback: (cotangents, application) =>
        batch(
          (list) => pullback(list.slice(0, cotangents.length), fromList(list.slice(cotangents.length), application)),
          [...cotangents, ...asList(application)],
        ),
      ...(jvp && { jvp: (tangents, application) => forward(jvp, tangents, application, batch) }),
      ...(taken && {
        taken: (application: Application) =>
          batch((list) => [taken(fromList(list, application))], asList(application))[0]!,
      }),
    }),
  constant: (law) => law,
  none: (law) => law,
}

function eachLaw(law: Law, batch: EachExample): Law {
  return (eachLaws as Record<string, (law: Law, batch: EachExample) => Law>)[law.kind](law, batch)
}

/** The forward rule for each example. null stands for a missing tangent. */
function forward(
  jvp: NonNullable<VjpLaw<any>['jvp']>,
  tangents: Cotangents,
  application: Application,
  batch: EachExample,
): Cotangents | undefined {
  const present = tangents.filter((tangent) => tangent !== null)
  let isStated = true
  const results = batch(
    (list) => {
      let next = 0
      const given = tangents.map((tangent) => tangent && list[next++])
      const found = jvp(given, fromList(list.slice(present.length), application))
      isStated = found !== undefined
      return found ?? []
    },
    [...present, ...asList(application)],
  )
  return isStated ? results : undefined
}

/** Both rules of an elementwise law. An example sums its cotangents over the axes along which it was broadcast. */
function elementwiseRules({ partials, linearIn }: ElementwiseLaw, batch: EachExample): Omit<VjpLaw<any>, 'kind'> {
  return {
    linearIn,
    pullback: ([cotangent], application) =>
      batch(
        ([g, ...list]) => {
          const { inputs, output } = fromList(list, application)
          return partials.map((partial, i) => partial && sumTo(partial(g, inputs, output), inputs[i].shape as Shape))
        },
        [cotangent, ...asList(application)],
      ),
    jvp: (tangents, application) => {
      const along: VjpLaw<any>['jvp'] = (given, { inputs, output }) => {
        const terms = given.flatMap((tangent, i) => {
          const partial = partials[i]
          return tangent && partial ? [partial(broadcastTo(tangent, output.shape as Shape), inputs, output)] : []
        })
        return [terms.length === 0 ? null : terms.reduce((a, b) => add(a, b))]
      }
      return forward(along, tangents, application, batch)
    },
  }
}
