import {
  add,
  checkpoint,
  compile,
  cond,
  customGradient,
  div,
  exp,
  grad,
  greater,
  key,
  less,
  log,
  map,
  matmul,
  mul,
  normal,
  scan,
  sin,
  sort,
  splitKey,
  sqrt,
  square,
  sub,
  sum,
  switchCase,
  tanh,
  take,
  tensor,
  type Tensor,
  vmap,
  where,
  whileLoop,
  zeros,
} from '@cotangent/core'

/** A function of float64 tensors with a scalar result, and the arguments to try it on. */
export interface LoopProgram {
  readonly f: (...args: Tensor[]) => Tensor
  readonly args: readonly Tensor[]
}

const f64 = { dtype: 'float64' } as const
const drawn = (seed: number, ...shape: number[]): Tensor => normal(key(seed), shape, f64)
const [h0, w, xs] = [drawn(1, 3), drawn(2, 3, 3), drawn(3, 5, 3)]
const int = (value: number): Tensor => tensor(value, { dtype: 'int32' })

/** A step of a recurrent network. */
const cell = (h: Tensor, x: Tensor, w: Tensor): Tensor => tanh(add(matmul(h, w), x))
const cubed = customGradient((x: Tensor) => ({
  value: x.mul(x).mul(x),
  pullback: (g: Tensor) => [mul(g, mul(square(x), 3))],
}))

/** Programs with loops and branches. Each one stands for a way in which a region can go wrong. */
export const programs: Record<string, LoopProgram> = {
  'a recurrent network': {
    f: (h0, w, xs) => {
      const step = (h: Tensor, x: Tensor): [Tensor, Tensor] => {
        const next = cell(h, x, w)
        return [next, mul(next, h)]
      }
      const [h, ys] = scan(step, h0, xs)
      return add(sum(sin(h)), sum(square(ys)))
    },
    args: [h0, w, xs],
  },
  'the last row first': {
    f: (h0, w, xs) => sum(scan((h, x) => [cell(h, x, w), h], h0, xs, { reverse: true })[1].mul(xs)),
    args: [h0, w, xs],
  },
  'one tensor returned as carry and as result': {
    f: (h0, xs) => {
      const [h, ys] = scan((h: Tensor, x: Tensor) => [sin(add(h, x)), sin(add(h, x))], h0, xs)
      const [same, rows] = scan(
        (h: Tensor, x: Tensor) => {
          const next = sin(add(h, x))
          return [next, next]
        },
        h0,
        xs,
      )
      return add(add(sum(h), sum(ys.mul(xs))), add(sum(same), sum(rows.mul(xs))))
    },
    args: [h0, xs],
  },
  'one tensor as two carries, which are exchanged': {
    f: (h0, xs) => {
      const step = ({ a, b }: { a: Tensor; b: Tensor }, x: Tensor) => [{ a: add(b, x), b: mul(a, 2) }, null] as const
      const [{ a, b }] = scan(step, { a: h0, b: h0 }, xs)
      return sum(a.mul(b))
    },
    args: [h0, xs],
  },
  'carries that a step leaves alone, replaces by a row, or by a tensor from outside': {
    f: (h0, w, xs) => {
      const step = ([a, b, c]: Tensor[], x: Tensor) => [[a, x, w], a.mul(b).add(sum(c))] as [Tensor[], Tensor]
      const [[a, b, c], ys] = scan(step, [h0, h0, w.mul(2)], xs)
      return add(add(sum(a.mul(b)), sum(c)), sum(square(ys)))
    },
    args: [h0, w, xs],
  },
  'a loop in a loop': {
    f: (h0, w, xs) => {
      const inner = (h: Tensor, x: Tensor): Tensor => scan((g, y) => [cell(g, y, w), null], h, x.mul(xs))[0]
      return sum(scan((h, x) => [inner(h, x), null], h0, xs)[0])
    },
    args: [h0, w, xs],
  },
  'a checkpoint in a loop in a checkpoint': {
    f: (h0, w, xs) => {
      const step = checkpoint(cell)
      return checkpoint((h0: Tensor, xs: Tensor) => sum(scan((h, x) => [step(h, x, w), null], h0, xs)[0]))(h0, xs)
    },
    args: [h0, w, xs],
  },
  'a compiled function in a loop': {
    f: (h0, w, xs) => {
      const step = compile(cell)
      return sum(scan((h, x) => [step(h, x, w), null], h0, xs)[0])
    },
    args: [h0, w, xs],
  },
  'a custom gradient in a loop': {
    f: (h0, xs) => sum(scan((h: Tensor, x: Tensor) => [cubed(sin(add(h, x))), null], h0, xs)[0]),
    args: [h0, xs],
  },
  'a gradient in a loop': {
    f: (x0, xs) => {
      const slope = grad((x: Tensor, y: Tensor) => sum(sin(x.mul(y))))
      return sum(scan((x: Tensor, y: Tensor) => [sub(x, mul(slope(x, y), 0.1)), null], x0, xs)[0])
    },
    args: [h0, xs],
  },
  'a batch in a loop': {
    f: (h0, xs) =>
      sum(scan((h: Tensor, x: Tensor) => [vmap((a: Tensor, b: Tensor) => sin(a.mul(b)))(h, x), h], h0, xs)[1]),
    args: [h0, xs],
  },
  'an infinite derivative behind a mask, from step to step': {
    f: (h0, xs) => {
      const root = (x: Tensor) => where(greater(x, 0), sqrt(x), 0)
      return sum(scan((h: Tensor, x: Tensor) => [root(h), root(h).mul(x)], h0, xs)[1])
    },
    args: [tensor([0, 1, 4], f64), xs],
  },
  'no steps': {
    f: (h0, xs) => {
      const [h, ys] = scan((h: Tensor, x: Tensor) => [h.mul(x), h], h0, xs)
      return add(sum(square(h)), sum(ys))
    },
    args: [h0, zeros([0, 3], f64)],
  },
  'a counter beside the carry': {
    f: (h0, w) => {
      const step = ([i, h]: Tensor[]) =>
        [[i.add(int(1)), h.mul(take(w, i, { axis: 0 })).add(1)], null] as [Tensor[], null]
      return sum(scan(step, [int(0), h0], null, { length: 3 })[0][1])
    },
    args: [h0, w],
  },
  'keys as rows': {
    f: (h0) => {
      const keys = splitKey(key(4), 4)
      return sum(
        scan(
          (h: Tensor, i: Tensor) => [mul(h, add(i, 1)), null],
          h0,
          map((k) => normal(k as never, [3], f64), stackOf(keys)),
        )[0],
      )
    },
    args: [h0],
  },
  'rows sorted and gathered': {
    f: (h0, xs) => sum(map((x) => sort(x.mul(h0)).mul(take(x, tensor([2, 0, 1], { dtype: 'int32' }))), xs)),
    args: [h0, xs],
  },
  'a branch in a loop': {
    f: (h0, w, xs) => {
      const step = (h: Tensor, x: Tensor): Tensor =>
        cond(
          greater(sum(x), 0),
          (h: Tensor) => cell(h, x, w),
          (h: Tensor) => h.mul(w.at(0)),
          h,
        )
      return sum(scan((h: Tensor, x: Tensor) => [step(h, x), null], h0, xs)[0])
    },
    args: [h0, w, xs],
  },
  'branches of which one has no derivative in an operand': {
    f: (h0, w, xs) => {
      const choose = (x: Tensor) =>
        cond(
          greater(sum(x), 0),
          () => sum(square(w)),
          () => sum(h0.mul(x)),
        )
      return sum(map(choose, xs))
    },
    args: [h0, w, xs],
  },
  'a branch outside of its domain': {
    f: (x) =>
      sum(
        map(
          (row) =>
            cond(
              greater(sum(row), 0),
              (r: Tensor) => log(r),
              (r: Tensor) => exp(r),
              row,
            ),
          x,
        ),
      ),
    args: [
      tensor(
        [
          [1, 2],
          [-1, -2],
          [0, 0],
          [3, 1],
        ],
        f64,
      ),
    ],
  },
  'one of three branches': {
    f: (h0, xs) => {
      const branches = [(x: Tensor) => sin(x), (x: Tensor) => mul(x, h0), (x: Tensor) => square(x)]
      const numbers = tensor([0, 1, 2, 7, -1], { dtype: 'int32' })
      return sum(map(([i, x]) => switchCase(i, branches, x), [numbers, xs] as [Tensor, Tensor]))
    },
    args: [h0, xs],
  },
  "Newton's method": {
    f: (a) => {
      const goesOn = (x: Tensor) => greater(square(sub(square(x), a)), 1e-24)
      const step = (x: Tensor) => mul(add(x, div(a, x)), 0.5)
      return whileLoop(goesOn, step, tensor(1, f64), { maxSteps: 30 }).value
    },
    args: [tensor(7, f64)],
  },
  'a loop until a bound': {
    f: (x) =>
      whileLoop(
        (s: Tensor) => less(s, 100),
        (s: Tensor) => mul(s, add(x, 1)),
        tensor(1, f64),
        { maxSteps: 99 },
      ).value,
    args: [tensor(0.3, f64)],
  },
  'a loop that ends at the largest number of steps': {
    f: (x) =>
      whileLoop(
        (s: Tensor) => less(s, 1e9),
        (s: Tensor) => add(mul(s, s), x),
        x,
        { maxSteps: 3 },
      ).value,
    args: [tensor(1.1, f64)],
  },
  'a loop until a bound in a loop': {
    f: (h0, xs) => {
      const goesOn = ([h]: Tensor[]) => less(sum(square(h)), 20)
      const step = (h: Tensor, x: Tensor): Tensor =>
        whileLoop(goesOn, ([h, i]: Tensor[]) => [add(h, mul(x, 0.7)), add(i, int(1))], [h.mul(0.1), int(0)], {
          maxSteps: 40,
        }).value[0]
      return sum(scan((h: Tensor, x: Tensor) => [mul(step(h, x), 0.1), null], h0, xs)[0])
    },
    args: [h0, xs],
  },
}

function stackOf(keys: readonly Tensor[]): Tensor {
  return tensor(keys.map((k) => k.toArray()) as number[][], { dtype: 'int32' })
}
