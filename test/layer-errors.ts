// Calls of layers that go wrong, for the table of errors.

import { key, sum, tensor, type Tensor, zeros } from '@cotangent/core'
import {
  batchNorm,
  Conv2d,
  convolutional1d,
  convolutional2d,
  embedding,
  flattened,
  groupNorm,
  layerNorm,
  maxPooling,
  residual,
  rmsNorm,
  sequential,
  training,
  transposedConvolutional2d,
} from '@cotangent/nn'

const any = (value: unknown) => value as never
const k = { key: key(1) }
const image = zeros([1, 5, 5, 3])

export const badLayers: Record<string, () => unknown> = {
  'convolutional2d of other channels': () => convolutional2d(1, 2, 3, k).forward(any(image)),
  'convolutional2d of the other layout': () => convolutional2d(3, 2, 3, { ...k, layout: 'NCHW' }).forward(any(image)),
  'convolutional2d of a vector': () => convolutional2d(3, 2, 3, k).forward(any(zeros([3]))),
  'convolutional1d of integers': () => convolutional1d(3, 2, 3, k).forward(tensor([[1, 2, 3]], { dtype: 'int32' })),
  'convolutional2d of a window that does not fit': () => convolutional2d(3, 2, 7, k).forward(image),
  'convolutional2d with uneven groups': () => convolutional2d(3, 2, 3, { ...k, groups: 2 }),
  'convolutional2d without a key': () => convolutional2d(3, 2, 3, any({})),
  'convolutional2d with a size for each of three axes': () => convolutional2d(3, 2, any([3, 3, 3]), k),
  'Conv2d with a bias of another size': () => new Conv2d(zeros([2, 3, 1, 1]), zeros([3]) as never),
  'transposedConvolutional2d with too much outputPadding': () =>
    transposedConvolutional2d(3, 2, 3, { ...k, outputPadding: 1 }).forward(image),
  'maxPooling of a window that does not fit': () => maxPooling(6).forward(image),
  'maxPooling of nothing': () => maxPooling(0),
  'flattened from an axis that is not there': () => flattened({ axis: 5 }).forward(any(image)),
  'layerNorm of other features': () => layerNorm(4).forward(any(image)),
  'rmsNorm of integers': () => rmsNorm(3).forward(tensor([1, 2, 3], { dtype: 'int32' })),
  'groupNorm of other channels': () => groupNorm(2, 4, { axis: 1 }).forward(any(image)),
  'groupNorm with uneven groups': () => groupNorm(2, 3),
  'batchNorm of channels elsewhere': () => batchNorm(3, { axis: 1 }).forwardWithState(any(image), training(key(1))),
  'embedding of floats': () => embedding(3, 2, k).forward(tensor([0.5])),
  'embedding of an index out of range': () => embedding(3, 2, k).forward(tensor([3], { dtype: 'int32' })),
  'embedding with padding out of range': () => embedding(3, 2, { ...k, padding: 3 }),
  'residual of layers that change the shape': () => residual(convolutional2d(3, 2, 3, k)).forward(any(image)),
  'residual of layers that broadcast': () =>
    residual((x: Tensor) => sum(x, { axis: -1, keepDims: true })).forward(zeros([2, 3])),
  'a batchNorm in two layers of layers': () => {
    const layer = batchNorm(3)
    return sequential(layer, residual(layer)).forwardWithState(zeros([2, 3]), training(key(1)))
  },
}
