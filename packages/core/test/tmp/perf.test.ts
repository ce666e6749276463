import * as c from '@cotangent/core'
import { type Tensor } from '@cotangent/core'
import { it } from 'vitest'
import { writeFileSync } from 'node:fs'
it('perf', () => {
  const lines: string[] = []
  const [k1, k2, k3, k4] = c.split(c.key(1), 4)
  const model = {
    w1: c.normal(k1, [784, 128]).mul(0.05) as Tensor,
    b1: c.zeros([128]) as Tensor,
    w2: c.normal(k2, [128, 10]).mul(0.1) as Tensor,
    b2: c.zeros([10]) as Tensor,
  }
  const xs = c.normal(k3, [64, 784]) as Tensor,
    ys = c.normal(k4, [64, 10]) as Tensor
  type M = typeof model
  const loss = (m: M, x: Tensor, y: Tensor): Tensor => {
    const h = c.relu(c.matmul(x, m.w1).add(m.b1)) as Tensor
    const d = c.matmul(h, m.w2).add(m.b2).sub(y) as Tensor
    return c.sum(d.mul(d)) as Tensor
  }
  const summed = (m: M, x: Tensor, y: Tensor) =>
    c.grad((p: M) => c.sum(c.vmap(loss, { in: [null, 0, 0] })(p, x, y)) as Tensor)(m)
  const byHand = (m: M, x: Tensor, y: Tensor) => c.grad((p: M) => loss(p, x, y))(m)
  const per = (m: M, x: Tensor, y: Tensor) => c.vmap(c.grad(loss), { in: [null, 0, 0] })(m, x, y)
  const norms = (m: M, x: Tensor, y: Tensor) => {
    const g = per(m, x, y) as any
    return c
      .treeLeaves(g)
      .map((l: any) => c.sum(c.square(l), { axis: [...Array(l.rank - 1).keys()].map((a) => a + 1) }))
  }
  const clipped = (m: M, x: Tensor, y: Tensor) => {
    const g = per(m, x, y) as any
    const n = (
      c
        .treeLeaves(g)
        .map((l: any) => c.sum(c.square(l), { axis: [...Array(l.rank - 1).keys()].map((a) => a + 1) })) as any[]
    ).reduce((a, b) => a.add(b))
    const s = c.minimum(c.div(1, c.sqrt(n)), 1) as any
    return c.mapTree((l: any) => c.mean(l.mul(c.reshape(s, [64, ...Array(l.rank - 1).fill(1)])), { axis: 0 }) as any, g)
  }
  const time = (f: () => unknown, n: number) => {
    for (let i = 0; i < 5; i++) f()
    const t: number[] = []
    for (let i = 0; i < n; i++) {
      const s = performance.now()
      const r: any = f()
      void r
      t.push(performance.now() - s)
    }
    return Math.min(...t)
  }
  const timed = (name: string, f: any, n = 40) => {
    const g = c.compile(f) as any
    lines.push(
      `${name}: compiled ${time(() => g(model, xs, ys), n).toFixed(3)} ms, eager ${time(() => f(model, xs, ys), 6).toFixed(2)} ms`,
    )
  }
  timed('by hand', byHand)
  timed('summed', summed)
  timed('per example', per)
  timed('norms', norms)
  timed('clipped', clipped)
  lines.push((c.compile(per) as any).explain(model, xs, ys).kernels.join('\n'))
  const W1 = c.normal(k1, [64, 64]).mul(0.1) as Tensor,
    W2 = c.normal(k2, [64, 64]).mul(0.1) as Tensor,
    x = c.normal(k3, [64]) as Tensor
  const net = (v: Tensor): Tensor => c.tanh(c.matmul(c.tanh(c.matmul(v, W1)), W2)) as Tensor
  const loop = (v: Tensor) => {
    const [y, pb] = c.vjp(net, v)
    return c.stack(
      Array.from({ length: 64 }, (_, i) => {
        const u = new Float32Array(64)
        u[i] = 1
        void y
        return pb(c.tensor(u) as Tensor)[0]
      }),
    ) as Tensor
  }
  const jac = (v: Tensor) => c.jacobian(net)(v) as Tensor
  const cjf = c.compile(jac),
    clf = c.compile(loop),
    cj = cjf,
    cl = clf
  lines.push(
    `jacobian eager ${time(() => jac(x), 60).toFixed(3)}, 64 pullbacks ${time(() => loop(x), 30).toFixed(3)}; compiled ${time(() => (cj as any)(x), 60).toFixed(3)} vs ${time(() => (cl as any)(x), 60).toFixed(3)}`,
  )
  const s3 = (v: Tensor) => c.tanh(v).mul(2).add(1) as Tensor
  const X = c.normal(k3, [8, 16]) as Tensor
  lines.push(
    `3 ops vmap ${(time(() => c.vmap(s3)(X), 300) * 1000).toFixed(0)} us, by hand ${(time(() => s3(X), 300) * 1000).toFixed(0)} us; vmap grad ${(time(() => c.vmap(c.grad((v: Tensor) => c.sum(s3(v)) as Tensor))(X), 300) * 1000).toFixed(0)} us`,
  )
  writeFileSync('/tmp/perf.txt', lines.join('\n'))
}, 300000)
