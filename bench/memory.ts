import { compile, grad, sum, tensor, type Tensor } from '@cotangent/core'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// Resident and live memory after 10,000 and after 1,000,000 training steps, eager and compiled. Both stay constant,
// whatever the number of steps.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const target = tensor([1, 2, 3])
const loss = (w: Tensor<[3]>) => sum(w.sub(target).square())
const step = (w: Tensor<[3]>): Tensor<[3]> => w.sub(grad(loss)(w).mul(0.1))

for (const [name, advance] of [
  ['eager', step],
  ['compiled', compile(step)],
] as const) {
  // prettier-ignore
  let w: Tensor<[3]> = tensor([0, 0, 0])
  let done = 0
  for (const steps of [10_000, 100_000, 1_000_000]) {
    const start = performance.now()
    for (; done < steps; done++) w = advance(w)
    collect()
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
    const [resident, live] = [rss, heapUsed + arrayBuffers].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`${name}, ${steps} steps: resident ${resident}, live ${live}, ${seconds} s`)
  }
}
