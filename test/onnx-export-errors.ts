// Models that cannot be written to ONNX, for the table of errors.

import { at, defineOp, linear, sin, stack, tensor, type Tensor, trace, zeros } from '@cotangent/core'
import { exportInference, toONNX } from '@cotangent/export'

const x = zeros([4, 3]) as Tensor
const inJavaScript = defineOp({
  name: 'twice',
  inputs: 1,
  infer: ([each]) => each,
  kernel: () => undefined,
  law: linear({ transpose: (g) => [g] }),
  domain: () => ({ inputs: [], attributes: undefined }),
})
const symbolic = { batch: 'symbolic' } as const
const named = { 'a.b': tensor(1), a: { b: tensor(2) }, forward: (each: Tensor) => each }

export const badOnnxExports: Readonly<Record<string, () => unknown>> = {
  'toONNX of an op with a kernel in JavaScript': () => toONNX(trace((each: Tensor) => inJavaScript(each), x)),
  'exportInference of two parameters of one name': () => exportInference(named, x),
  'exportInference of a scalar with a symbolic batch': () => exportInference(sin, tensor(1), symbolic),
  'exportInference of a loop over the batch': () =>
    exportInference((each: Tensor) => stack([...Array(each.shape[0]).keys()].map((i) => at(each, i))), x, symbolic),
  'exportInference of a model for one batch': () => exportInference((each: Tensor) => each.add(x), x, symbolic),
}
