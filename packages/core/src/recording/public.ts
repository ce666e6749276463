import { checkArguments, type Kind } from '../arguments/arguments'
import { aFunction, aTensor, integerFrom, listOf, oneOf } from '../arguments/kinds'
import {
  type Body,
  bodyOf as bodyOfUnchecked,
  type Kind as WorkKind,
  kinds,
  type TensorType,
  type Works,
} from '../kernels/work'
import type { Tensor } from '../values/tensor'
import { applyAll as applyUnchecked } from './apply'
import type { Law } from './law'
import { aLaw } from './public-laws'
import { carries as carriesUnchecked } from './traits'
import type { Op } from './op'

// The engine calls the unchecked functions for every op. These are the same functions for users, with checked
// arguments.

const anOp: Kind = {
  expected: 'an op',
  accepts: (value) => typeof value === 'object' && value !== null && 'infer' in value && 'body' in value,
  remedy: 'pass the op of a function, as in relu.op',
}
const attributes: Kind = { expected: 'the attributes of the op', accepts: () => true, isOptional: true }
const applyParameters = [anOp, /* @__PURE__ */ listOf(aTensor), attributes]

/**
 * Applies an op to tensors. If all inputs are concrete, the value is computed at once. If an input depends on a trace
 * or a derivative, the application is recorded.
 *
 * @throws the errors of the op's shape rule; ValueError if `op` is not an op, or `inputs` is not a list of tensors.
 */
export function applyAll<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  checkArguments('applyAll', applyParameters, arguments)
  const outputs = applyUnchecked(op, inputs, attributes)
  // Further outputs are for the rule of the op alone.
  return op.followed === undefined ? outputs : outputs.slice(0, [op.infer(inputs, attributes)].flat().length)
}

const anOwnKind = /* @__PURE__ */ (() => oneOf(...Object.keys(kinds).filter((kind) => kind !== 'map')))()
const bodyParameters = [anOwnKind, aFunction]

/**
 * The body of an op for `defineOp`: a kind of work, and its parameters as a function of the attributes and types of an
 * application.
 *
 * @throws ValueError for an unknown kind.
 */
/* @__NO_SIDE_EFFECTS__ */
export function bodyOf<K extends Exclude<WorkKind, 'map'>, A = any>(
  kind: K,
  parameters: (attributes: A, inputs: readonly TensorType[], output: TensorType) => Works[K],
): Body<A, K> {
  checkArguments('bodyOf', bodyParameters, arguments)
  return bodyOfUnchecked(kind, parameters)
}

const carriesParameters = [aLaw, /* @__PURE__ */ integerFrom(0)]

/**
 * Whether derivatives reach an input, according to a law.
 *
 * @throws ValueError if `law` is not a law, or `input` is not a position.
 */
export function carries(law: Law, input: number): boolean {
  checkArguments('carries', carriesParameters, arguments)
  return carriesUnchecked(law, input)
}
