// Writes functions as bundles, with arguments, results and cotangents as Cotangent computes them, for
// check_functions.py. usage: functions.ts FOLDER
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { flatten, key, normal, scan, splitKey, type Tensor, tensor, vjp, zeros } from '@cotangent/core'
import { exportFunction } from '@cotangent/export'
import { save } from '@cotangent/io'
import { dense, mse, sequential, sigmoid } from '@cotangent/nn'

const [folder] = process.argv.slice(2)
const [k1, k2, k3, k4, k5] = splitKey(key(8), 5)
const float64 = { dtype: 'float64' } as const
const fixed: Tensor = normal(k1, [40, 40], float64)
const tied: Tensor = normal(k2, [40, 2], float64)
const model = sequential(dense(6, 5, { key: k1, activation: sigmoid }), dense(5, 2, { key: k2 }))

/** A constant in a file, a loop, a shared tensor, integers, and a result that is an argument. */
function mixed(x: Tensor, { left, right }: { left: Tensor; right: Tensor }, counts: Tensor) {
  const start = zeros([40], float64) as Tensor
  const [last] = scan((c: Tensor, row: Tensor) => [c.add(row.tanh()), c.sum()], start, x as never)
  return [x.matmul(fixed).tanh().matmul(left).mul(right.sum()), last as unknown as Tensor, counts.add(1), x] as const
}

const cases: Record<string, readonly [f: (...args: any) => unknown, args: readonly unknown[]]> = {
  mixed: [mixed, [normal(k3, [3, 40], float64), { left: tied, right: tied }, tensor([1, 2], { dtype: 'int32' })]],
  network: [
    (m: typeof model, x: Tensor<[4, 6]>, y: Tensor<[4, 2]>) => mse(m.forward(x), y),
    [model, normal(k3, [4, 6]), normal(k4, [4, 2])],
  ],
}

for (const [name, [f, args]] of Object.entries(cases)) {
  mkdirSync(join(folder, name), { recursive: true })
  await exportFunction(f, args).write(join(folder, name, 'bundle'))
  const trees = args.map((arg) => flatten(arg))
  const [result, pullback] = vjp(f as (...args: readonly unknown[]) => unknown, ...args)
  const results = flatten(result)
  const cotangents = results.leaves.map((leaf, i) =>
    leaf.dtype === 'int32'
      ? zeros(leaf.shape, { dtype: 'int32' })
      : normal(splitKey(k5, 9)[i], leaf.shape, { dtype: leaf.dtype as 'float64' }),
  )
  const pulled = pullback(results.rebuild(cotangents) as never) as readonly unknown[]
  const lists = {
    argument: trees.flatMap(({ leaves }) => leaves),
    result: results.leaves,
    cotangent: cotangents,
    pulled: pulled.flatMap((each) => flatten(each).leaves),
  }
  const named = Object.entries(lists).flatMap(([list, leaves]) =>
    leaves.map((leaf, i) => [`${list}.${i}`, leaf.add(0)]),
  )
  await save(Object.fromEntries(named), join(folder, name, 'truth.safetensors'))
}
