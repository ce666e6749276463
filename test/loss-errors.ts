// Bad calls of losses, metrics and initializers, for errors.test.ts.

import { key, tensor, type Tensor, zeros } from '@cotangent/core'
import * as nn from '@cotangent/nn'

const ints = (...values: number[]): Tensor => tensor(values, { dtype: 'int32' })
const v3: Tensor = tensor([0.5, 0.25, 0.125])
const rows: Tensor = tensor([[1, 2, 3], [4, 5, 6]]) // prettier-ignore
const logProbabilities: Tensor = tensor([[-1, -2], [-0.5, -0.25]]) // prettier-ignore
const sequence: Tensor = zeros([2, 4, 3])
const targets: Tensor = tensor([[1, 2], [1, 1]], { dtype: 'int32' }) // prettier-ignore
const any = (value: unknown): any => value

export const badLosses: Readonly<Record<string, () => unknown>> = {
  'mse with weights of another shape': () => nn.mse(rows, rows, { weights: tensor([1, 2]) }),
  'mse of nothing but ignored targets': () => nn.mse(v3, tensor([0, 0, 0]), { ignore: 0 }),
  'mse with another reduction': () => nn.mse(v3, v3, { reduction: any('average') }),
  'mae without entries': () => nn.mae(zeros([0, 2]), zeros([0, 2])),
  'huberLoss with delta 0': () => nn.huberLoss(v3, v3, { delta: 0 }),
  'poissonNllLoss of negative counts': () => nn.poissonNllLoss(v3, tensor([1, -1, 0])),
  'poissonNllLoss of negative rates': () => nn.poissonNllLoss(tensor([1, -1, 0]), v3, { logInput: false }),
  'hingeLoss with targets of 0 and 1': () => nn.hingeLoss(v3, tensor([0, 1, 1])),
  'hingeLoss with the exponent 3': () => nn.hingeLoss(v3, tensor([1, 1, 1]), { p: any(3) }),
  'focalLoss with alpha 2': () => nn.focalLoss(v3, v3, { alpha: 2 }),
  'logLoss with the target 2 and smoothing': () => nn.logLoss(v3, tensor([0, 1, 2]), { labelSmoothing: 0.1 }),
  'softmaxCrossEntropy with too few class weights': () =>
    nn.softmaxCrossEntropy(rows, ints(0, 1), { weights: tensor([1, 2]) }),
  'softmaxCrossEntropy of ignored labels alone': () => nn.softmaxCrossEntropy(rows, ints(-1, -1), { ignore: -1 }),
  'softmaxCrossEntropy that ignores rows': () => nn.softmaxCrossEntropy(rows, tensor([[1, 0, 0], [0, 0, 1]]), { ignore: 1 }), // prettier-ignore
  'softmaxCrossEntropy of sequences with a label out of range': () =>
    nn.softmaxCrossEntropy(sequence, tensor([[0, 1, 2, 0], [0, 3, 0, 0]], { dtype: 'int32' })), // prettier-ignore
  'nllLoss of logits': () => nn.nllLoss(rows, ints(0, 1)),
  'softmaxFocalLoss of labels in floating point': () => nn.softmaxFocalLoss(rows, tensor([0, 1])),
  'klDivergence of probabilities': () => nn.klDivergence(tensor([[0.5, 0.5]]), tensor([[0.5, 0.5]])),
  'klDivergence of no classes': () => nn.klDivergence(zeros([2, 0]), zeros([2, 0])),
  'cosineEmbeddingLoss of other shapes': () => nn.cosineEmbeddingLoss(rows, v3, tensor([1, 1])),
  'cosineEmbeddingLoss with too many targets': () => nn.cosineEmbeddingLoss(rows, rows, tensor([1, 1, -1])),
  'infoNceLoss of one pair': () => nn.infoNceLoss(zeros([1, 3]), zeros([1, 3])),
  'infoNceLoss of vectors': () => nn.infoNceLoss(v3, v3),
  'ctcLoss with a blank that is no class': () => nn.ctcLoss(sequence, targets, { blank: 3 }),
  'ctcLoss of one sequence': () => nn.ctcLoss(zeros([4, 3]), ints(1, 2)),
  'ctcLoss of targets of another batch': () => nn.ctcLoss(sequence, zeros([3, 2], { dtype: 'int32' })),
  'ctcLoss with lengths in floating point': () => nn.ctcLoss(sequence, targets, { inputLengths: tensor([4, 4]) }),
  'ctcLoss with lengths beyond the input': () => nn.ctcLoss(sequence, targets, { inputLengths: ints(4, 5) }),
  'ctcLoss with a blank in a target': () => nn.ctcLoss(sequence, targets, { blank: 2 }),
  'ctcLoss of an input that is too short': () => nn.ctcLoss(sequence, targets, { inputLengths: ints(2, 2) }),
  'precision of many classes': () => nn.precision(rows, ints(0, 1)),
  'recall of three classes, binary': () => nn.recall(ints(0, 1), ints(0, 1), { classes: 3 }),
  'f1 without the number of classes': () => nn.f1(ints(0, 1), ints(0, 1), { average: 'macro' }),
  'rocAuc of rows': () => nn.rocAuc(rows, ints(0, 1)),
  'averagePrecision with the label 2': () => nn.averagePrecision(v3, ints(0, 1, 2)),
  'topKAccuracy with k above the classes': () => nn.topKAccuracy(rows, ints(0, 1), 4),
  'topKAccuracy of scores with NaN': () => nn.topKAccuracy(tensor([[NaN, 1], [0, 1]]), ints(0, 1), 1), // prettier-ignore
  'accuracy of scores with NaN': () => nn.accuracy(tensor([[0, 1], [NaN, NaN]]), ints(0, 1)), // prettier-ignore
  'confusionMatrix of scores with NaN': () => nn.confusionMatrix(tensor([[NaN, 1]]), ints(0), 2),
  'accuracy of sequences': () => nn.accuracy(sequence, zeros([2, 4], { dtype: 'int32' })),
  'topKAccuracy of one row': () => nn.topKAccuracy(v3, ints(0), 1),
  'r2Score of sequences': () => nn.r2Score(sequence, sequence),
  'perplexity of log-probabilities with a wrong label': () => nn.perplexity(logProbabilities, ints(0, 2)),
  'orthogonalInitializer of a bias': () => nn.orthogonalInitializer()(key(1), [3], 'float32'),
  'truncatedNormalInitializer passed as an initializer': () =>
    nn.dense(2, 3, { key: key(1), initializer: any(nn.truncatedNormalInitializer) }),
}
