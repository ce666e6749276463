import { readable, type Tensor } from '@cotangent/core'
import { damaged } from '../../onnx/proto/wire'
import type { Body, Inputs, NodeView } from '../node'
import { tensorOf } from '../values'

/** A body as a function of tensors, with the values outside of it. */
export function runOf(body: Body, { outside }: Inputs, label: string): (...inputs: readonly Tensor[]) => Tensor[] {
  return (...inputs) => body.run(outside, inputs).map((each) => tensorOf(each, `a result in ${label}`))
}

/** A condition as a scalar. Some exporters store it with an axis. */
export const conditionOf = (x: Tensor): Tensor => x.reshape([])

/** The element of a scalar if it is known now. */
export const known = (x: Tensor): number | null => readable(x)?.[0] ?? null

export function checkBody({ label }: NodeView, body: Body, inputs: number, outputs: number): void {
  if (body.inputs === inputs && body.outputs === outputs) return
  const texts = [`${inputs} inputs and ${outputs} outputs of a body of ${label}`, `${body.inputs} and ${body.outputs}`]
  throw damaged(texts[0], texts[1])
}
