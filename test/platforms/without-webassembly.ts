import { compile, matmul, sum, type Tensor, uniform, key, valueAndGrad } from '@cotangent/core'

// What a process without WebAssembly computes: a product that is large enough for a kernel, and a compiled gradient.

const x = uniform(key(3), [60, 80]) as Tensor
const loss = (w: Tensor) => sum(matmul(w, x).tanh())
const w = uniform(key(4), [70, 60]) as Tensor
const step = compile(valueAndGrad(loss))
for (let i = 0; i < 3; i++) loss(w)
const [value, gradient] = step(w) as [Tensor, Tensor]
console.log(JSON.stringify({ eager: loss(w).item(), value: value.item(), gradient: [...gradient.data] }))
