import { bodyOf } from '../kernels/work'
import { defineOp } from '../recording/define'
import { constant, type Law, linear } from '../recording/law'
import { onTensor, operand } from '../recording/operands'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'
import { inOrder } from '../kernels/moves'
import { anyShape } from './movement'

function sameValue(name: string, law: Law<undefined, 1>) {
  const copy = defineOp({
    name,
    inputs: 1,
    infer: ([input]) => input,
    body: bodyOf('move', (_, __, { shape }) => ({ parts: inOrder(shape) })),
    law,
    lift: (attributes) => attributes,
    domain: anyShape(() => undefined),
  })
  return Object.assign(onTensor<<S extends Shape>(x: Tensor<S>) => Tensor<S>>(name, [operand], copy), { op: copy.op })
}

/** The value of `x`: the linear activation. */
export const identity = /* @__PURE__ */ sameValue('identity', linear({ transpose: (g) => [g], movement: true }))

/** The value of `x` as a constant: no derivative of any order flows through it. */
export const stopGradient = /* @__PURE__ */ sameValue('stopGradient', { ...constant, stopsGradient: true })
