import { compile, grad, maxPool, averagePool, tensor, type Tensor, max, sum, slice, maximum, conv2d } from '@cotangent/core'
const t = (s: number[]) => tensor(Float32Array.from({ length: s.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 37) % 509) / 64 - 4), { shape: s }) as Tensor
export function time(name: string, f: (...a: any[]) => any, ...args: any[]) {
  for (let i = 0; i < 30; i++) f(...args)
  const ts: number[] = []
  const end = performance.now() + 600
  while (performance.now() < end || ts.length < 5) { const a = performance.now(); f(...args); ts.push(performance.now() - a) }
  ts.sort((a, b) => a - b)
  console.log(name.padEnd(44), ts[ts.length >> 1].toFixed(3), 'ms min', ts[0].toFixed(3))
}
const x = t([32, 28, 28, 8]), y = t([8, 32, 32, 64])
const rm = (x: Tensor) => { const [n, h, w, c] = x.shape as number[]; return max(x.reshape([n, h / 2, 2, w / 2, 2, c] as any) as any, { axis: [2, 4] } as any) as Tensor }
const four = (x: Tensor) => { const s = (i: number, j: number) => slice(x as any, null, [i, null, 2], [j, null, 2], null) as any; return maximum(maximum(s(0, 0), s(0, 1)), maximum(s(1, 0), s(1, 1))) as Tensor }
const g = (f: any) => compile(grad((x: Tensor) => sum(f(x).square())) as any)
for (const [n, z] of [['28x28x8', x], ['32x32x64', y]] as const) {
  time(n + ' four slices', compile(four), z)
  time(n + ' reshape.max', compile(rm), z)
  time(n + ' maxPool', compile((x: Tensor) => maxPool(x as any, 2)), z)
  time(n + ' maxPool 3 s2 p1', compile((x: Tensor) => maxPool(x as any, 3, { stride: 2, padding: 1 })), z)
  time(n + ' averagePool', compile((x: Tensor) => averagePool(x as any, 2)), z)
  time(n + ' grad four slices', g(four), z)
  time(n + ' grad reshape.max', g(rm), z)
  time(n + ' grad maxPool', g((x: any) => maxPool(x, 2)), z)
  time(n + ' grad maxPool 3 s2 p1', g((x: any) => maxPool(x, 3, { stride: 2, padding: 1 })), z)
  time(n + ' grad averagePool', g((x: any) => averagePool(x, 2)), z)
  time(n + ' grad averagePool 3 s2', g((x: any) => averagePool(x, 3, { stride: 2, padding: 1 })), z)
}
