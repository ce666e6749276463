import { grad, key, normal, relu, splitKey, trace } from '@cotangent/core'
import { dense, mse, sequential } from '@cotangent/nn'
import { toSVG } from '@cotangent/view'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'

// A gradient is a graph like the function that it belongs to, and a graph is a picture. This writes it, for a browser:
//   npx tsx --conditions=source examples/13-picture.ts gradient.svg

const [k1, k2, k3, k4] = splitKey(key(1), 4)
const model = sequential(dense(3, 4, { key: k1, activation: relu }), dense(4, 1, { key: k2 }))
const [x, y] = [normal(k3, [8, 3]), normal(k4, [8, 1])]

const loss = (m: typeof model) => mse(m.forward(x), y)
const [forward, backward] = [trace(loss, model), trace(grad(loss), model)]
console.log(`the loss takes ${forward.nodes.length} operations, its gradient ${backward.nodes.length}`)

const svg = toSVG(backward, { title: 'The gradient of a small network' })
// ReLU lets a cotangent pass where its input is positive.
assert.ok(svg.includes('where'))
const [file] = process.argv.slice(2)
if (file !== undefined) writeFileSync(file, svg)
console.log(file === undefined ? `the picture has ${svg.length} characters` : `${file} shows it`)
