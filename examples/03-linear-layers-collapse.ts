import { key, matmul, normal, splitKey } from '@cotangent/core'
import { Dense, dense, sequential } from '@cotangent/nn'
import assert from 'node:assert/strict'

// Layers without an activation between them are one layer: (x W₁ᵀ + b₁) W₂ᵀ + b₂ = x (W₂ W₁)ᵀ + (b₁ W₂ᵀ + b₂). Depth
// without nonlinearity adds parameters and nothing else.

const [k1, k2, k3] = splitKey(key(1), 3)
const first = dense(4, 8, { key: k1, dtype: 'float64' })
const second = dense(8, 3, { key: k2, dtype: 'float64' })
const stacked = sequential(first, second)

const weight = matmul(second.weight, first.weight)
const bias = matmul(second.weight, first.bias).add(second.bias)
const collapsed = new Dense(weight, bias)

const x = normal(k3, [5, 4], { dtype: 'float64' })
const difference = stacked.forward(x).sub(collapsed.forward(x)).abs().max().item()
console.log(`two layers of ${first.weight.size + second.weight.size} weights, one of ${weight.size}`)
console.log(`largest difference of their outputs below 1e-14: ${difference < 1e-14}`)
assert.ok(difference < 1e-14)
