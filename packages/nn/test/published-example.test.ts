import { concat, slice, tensor, type Tensor, transpose, valueAndGrad } from '@cotangent/core'
import { DenseTheta, l2, logLoss, sequential, sigmoid } from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

// The test case that goes with the fourth exercise of the Stanford machine learning course, nnCostFunction: a network
// of 2 inputs, 2 hidden units and 4 labels whose parameters are 0.1 to 1.8, unrolled by columns, on three examples.

/** The entries of a column-major list as a matrix. */
const byColumns = (list: Tensor, rows: number, columns: number): Tensor => transpose(list.reshape([columns, rows]))
const unrolled = (matrix: Tensor): Tensor => transpose(matrix).reshape([matrix.size])

const parameters: Tensor = tensor(Float64Array.from({ length: 18 }, (_, i) => (i + 1) / 10))
const x: Tensor = tensor([1, 2, 3, 4, 5, 6].map(Math.cos), { shape: [3, 2], dtype: 'float64' })
// Labels 4, 2 and 3, counted from 1.
const targets = [
  [0, 0, 0, 1],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
]
const y = tensor(targets, { dtype: 'float64' })

function costFunction(list: Tensor, lambda: number): Tensor {
  const theta1 = byColumns(slice(list, [0, 6]), 2, 3)
  const theta2 = byColumns(slice(list, [6, 18]), 4, 3)
  const model = sequential(new DenseTheta(theta1, sigmoid), new DenseTheta(theta2, sigmoid))
  const weights = [slice(theta1, null, [1, null]), slice(theta2, null, [1, null])]
  return logLoss(model.forward(x), y).add(l2(weights, { lambda, examples: 3 }))
}

/** By λ: the cost and the unrolled gradient, each in the digits that were printed. */
const published = [
  {
    lambda: 0,
    cost: '7.4070',
    gradient: [
      ...['0.766138', '0.979897', '-0.027540', '-0.035844', '-0.024929', '-0.053862'],
      ...['0.883417', '0.568762', '0.584668', '0.598139', '0.459314', '0.344618'],
      ...['0.256313', '0.311885', '0.478337', '0.368920', '0.259771', '0.322331'],
    ],
  },
  {
    lambda: 4,
    cost: '19.474',
    gradient: [
      ...['0.76614', '0.97990', '0.37246', '0.49749', '0.64174', '0.74614'],
      ...['0.88342', '0.56876', '0.58467', '0.59814', '1.92598', '1.94462'],
      ...['1.98965', '2.17855', '2.47834', '2.50225', '2.52644', '2.72233'],
    ],
  },
]

/** As the publication prints it: rounded to as many decimals. */
const printed = (value: number, like: string) => value.toFixed(like.length - like.indexOf('.') - 1)

describe.each(published)('the published example with λ = $lambda', ({ lambda, cost, gradient }) => {
  it('has the cost and every partial derivative, to all printed digits', () => {
    const [value, found] = valueAndGrad((list: Tensor) => costFunction(list, lambda))(parameters)
    expect(printed(value.item(), cost)).toBe(cost)
    expect(Array.from(found.data, (g, i) => printed(g, gradient[i]))).toEqual(gradient)
  })

  it('has the same with respect to the layers of a model', () => {
    const layers = [byColumns(slice(parameters, [0, 6]), 2, 3), byColumns(slice(parameters, [6, 18]), 4, 3)]
    const model = sequential(...layers.map((theta) => new DenseTheta(theta, sigmoid)))
    const [value, gradients] = valueAndGrad((m: typeof model) => {
      const weights = m.layers.map(({ theta }) => slice(theta, null, [1, null]))
      return logLoss(m.forward(x), y).add(l2(weights, { lambda, examples: 3 }))
    })(model)
    expect(printed(value.item(), cost)).toBe(cost)
    const found: Tensor = concat(gradients.layers.map(({ theta }) => unrolled(theta)))
    expect(Array.from(found.data, (g, i) => printed(g, gradient[i]))).toEqual(gradient)
  })
})
