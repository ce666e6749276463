import {
  add,
  cond,
  debugNaN,
  defineOp,
  grad,
  greater,
  jvp,
  less,
  log,
  map,
  mul,
  noGradient,
  scan,
  sqrt,
  sub,
  sum,
  switchCase,
  tensor,
  type Tensor,
  vjpRule,
  vmap,
  whileLoop,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const f64 = { dtype: 'float64' } as const
const xs = tensor([3, 2, 1, 0.5], f64)
const one = tensor(1, f64)

/** The message of what a function throws, with each line number as a name. */
function messageOf(f: () => unknown): string {
  try {
    f()
  } catch (error) {
    return (error as Error).message.replace(/\S*places\.test\.ts:\d+:\d+/g, 'here')
  }
  throw new Error('nothing was thrown')
}

describe('debugNaN says where in loops and branches a number stops being finite', () => {
  const decay = (x: Tensor) => sub(x, 1)
  it('in a scan', () => {
    const f = (h: Tensor, xs: Tensor) => scan((h: Tensor, x: Tensor) => [decay(h), log(h).mul(x)], h, xs)
    expect(messageOf(() => debugNaN(f)(tensor(2, f64), xs))).toMatch(
      /^\[log\] iteration 2 of the scan at here: gave -Infinity at \[\] at here/,
    )
    const reversed = (h: Tensor, xs: Tensor) => scan((h, x) => [log(x), h], h, xs, { reverse: true })
    expect(messageOf(() => debugNaN(reversed)(one, tensor([1, -1, 1, 1], f64)))).toContain('iteration 2 of the scan')
  })

  it('in a map, in a while loop and in its condition', () => {
    expect(messageOf(() => debugNaN(() => map((x) => log(sub(x, 1)), xs))())).toContain(
      'iteration 2 of the map at here',
    )
    const f = (x: Tensor) =>
      whileLoop(
        (h: Tensor) => less(h, 9),
        (h: Tensor) => sqrt(sub(h, 2)),
        x,
      ).value
    expect(messageOf(() => debugNaN(f)(tensor(5, f64)))).toMatch(
      /^\[sqrt\] iteration 1 of the whileLoop at here: gave NaN/,
    )
    const g = (x: Tensor) => whileLoop((h: Tensor) => greater(log(h), -1), decay, x).value
    expect(messageOf(() => debugNaN(g)(tensor(2, f64)))).toMatch(
      /^\[log\] the condition of iteration 2 of the whileLoop at here: gave -Inf/,
    )
  })

  it('in a branch, and in a branch in a loop in a loop', () => {
    const choose = (x: Tensor) =>
      cond(
        greater(x, 1),
        (y: Tensor) => y,
        (y: Tensor) => log(sub(y, 1)),
        x,
      )
    expect(messageOf(() => debugNaN(choose)(one))).toMatch(/^\[log\] branch false of the cond at here: gave -Inf/)
    const pick = (x: Tensor) => switchCase(tensor(1, { dtype: 'int32' }), [sqrt, log], sub(x, 1))
    expect(messageOf(() => debugNaN(pick)(one))).toContain('branch 1 of the switchCase at here')
    const nested = () => scan((h: Tensor, x: Tensor) => [h, map((y) => choose(mul(x, y)), xs)], one, xs)
    expect(messageOf(() => debugNaN(nested)())).toMatch(
      /^\[log\] branch false of the cond at here, in iteration 3 of the map at here, in iteration 1 of the scan at here: gave -Inf/,
    )
  })

  it('in a derivative', () => {
    const loss = (x: Tensor) => scan((h: Tensor, y: Tensor) => [add(h, sqrt(mul(x, sub(y, 1)))), null], one, xs)[0]
    expect(messageOf(() => debugNaN(grad(loss))(tensor(0, f64)))).toMatch(
      /^\[sqrt\] iteration 3 of the scan at here: its rule, in reverse mode|^\[sqrt\] iteration \d of the scan at here/,
    )
  })

  it('in a batch', () => {
    const f = (x: Tensor) =>
      whileLoop(
        (h: Tensor) => less(h, 9),
        (h: Tensor) => log(sub(h, 1)).add(x),
        x,
      ).value
    expect(messageOf(() => debugNaN(vmap(f))(tensor([2, 1], f64)))).toContain('iteration 0 of the whileLoop at here')
  })
})

const odd = defineOp({
  name: 'odd',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], y) => y.data.set(x.data),
  law: noGradient('it is odd'),
  domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
})

describe('a missing derivative is named with the path through loops and branches', () => {
  const inScan = (h: Tensor, xs: Tensor) => scan((h: Tensor, x: Tensor) => [add(odd(h), x), null], h.mul(2), xs)[0]
  const inBranch = (x: Tensor) =>
    map(
      (y) =>
        cond(
          greater(y, 0),
          (z: Tensor) => odd(z),
          (z: Tensor) => z,
          y,
        ),
      x,
    ).sum()
  const inWhile = (x: Tensor) =>
    whileLoop(
      (h: Tensor) => less(h, 9),
      (h: Tensor) => add(odd(h), 4),
      x,
      { maxSteps: 5 },
    ).value

  it('in reverse mode', () => {
    expect(messageOf(() => grad(inScan as (h: Tensor, xs: Tensor) => Tensor<[]>)(one, xs))).toMatch(
      /^\[grad\] argument 0 → mul → scan → body → carry 0 → odd: odd has no derivative \(it is odd\) at here; give/,
    )
    expect(messageOf(() => grad(inBranch)(xs))).toMatch(
      /^\[grad\] argument 0 → map → body → x 0 → cond → branch true → operand 0 → odd: odd has no derivative/,
    )
    expect(messageOf(() => grad(inWhile as (x: Tensor) => Tensor<[]>)(one))).toContain(
      'argument 0 → whileLoop → body → carry 0 → odd: odd has no',
    )
  })

  it('in forward mode', () => {
    expect(messageOf(() => jvp(inWhile, [one], [one]))).toContain('whileLoop → body → carry 0 → odd: odd has no')
  })
})

it('a rule that gives NaN is named with its iteration', () => {
  const bad = defineOp({
    name: 'bad',
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], y) => y.data.set(x.data),
    law: vjpRule({ pullback: ([g], { inputs: [x] }) => [g.div(sub(x, 1))] }),
    domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
  })
  const loss = (x: Tensor) => sum(map((y) => bad(y), x))
  expect(messageOf(() => debugNaN(grad(loss))(xs))).toMatch(
    /^\[bad\] iteration 2 of the map at here: its rule, in reverse mode, gave a cotangent with Infinity/,
  )
})
