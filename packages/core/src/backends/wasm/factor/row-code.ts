import { Code, type Local } from '../format/code'
import { Module } from '../format/module'

/** Elements that a step of a loop takes: two vectors. */
const perStep = 4
const vectorBytes = 16
const elementBytes = 8

/** Cuts a length into steps of two vectors, and the elements that are left. */
function cut(code: Code, length: Local, whole: Local, rest: Local): void {
  code
    .push(length, -perStep)
    .op('i32.and')
    .set(whole)
    .push(length, perStep - 1)
    .op('i32.and')
    .set(rest)
}

/** Runs `vectors` for two vectors at a time, then `one` for each element that is left, and advances the pointers. */
function along(
  code: Code,
  length: Local,
  pointers: readonly Local[],
  vectors: (offset: number) => void,
  one: () => void,
): void {
  const [whole, rest] = code.locals(2)
  cut(code, length, whole, rest)
  code.times(whole, perStep, () => {
    for (const offset of [0, vectorBytes]) vectors(offset)
    for (const pointer of pointers) code.advance(pointer, 2 * vectorBytes)
  })
  code.times(rest, 1, () => {
    one()
    for (const pointer of pointers) code.advance(pointer, elementBytes)
  })
}

/** `to_i += (scale · factor_i) · from_i`. Sums into one row read four rows at a time. All steps are in bytes. */
function addRows(): Code {
  const code = new Code()
  const [to, toStep] = [code.parameter(), code.parameter()]
  const scale = code.parameter('f64')
  const [factors, factorStep, from, fromStep, length, growth, count] = Array.from({ length: 7 }, () => code.parameter())
  const target = code.local()
  const sources = code.locals(4)
  const multipliers = code.locals(4, 'v128')
  const rows = (number: number) => {
    code.get(to).set(target)
    for (let r = 0; r < number; r++) {
      code.get(scale, factors).memory('f64.load').op('f64.mul', 'f64x2.splat').set(multipliers[r])
      code.advance(factors, factorStep).get(from).set(sources[r]).advance(from, fromStep)
    }
    const used = sources.slice(0, number)
    along(
      code,
      length,
      [target, ...used],
      (offset) => {
        code.get(target, target).memory('v128.load', offset)
        used.forEach((source, r) =>
          code.get(multipliers[r], source).memory('v128.load', offset).op('f64x2.mul', 'f64x2.add'),
        )
        code.memory('v128.store', offset)
      },
      () => {
        code.get(target, target).memory('f64.load')
        used.forEach((source, r) =>
          code
            .get(multipliers[r])
            .lane('f64x2.extract_lane', 0)
            .get(source)
            .memory('f64.load')
            .op('f64.mul', 'f64.add'),
        )
        code.memory('f64.store')
      },
    )
    code.advance(to, toStep).advance(length, growth).advance(count, -number)
  }
  const isLeft = (number: number) => code.push(count, number).op('i32.ge_s')
  code
    .get(toStep, growth)
    .op('i32.or', 'i32.eqz')
    .if(() => {
      isLeft(4).if(() =>
        code.repeat(
          () => rows(4),
          () => isLeft(4),
        ),
      )
    })
  isLeft(1).if(() =>
    code.repeat(
      () => rows(1),
      () => isLeft(1),
    ),
  )
  return code
}

/** `to_i += Σ_p (scale · factor_ip) · from_p`, by calls of `addRows`. */
function addProduct(rows: number): Code {
  const code = new Code()
  const [to, toStep] = [code.parameter(), code.parameter()]
  const scale = code.parameter('f64')
  const [factors, factorStep, from, fromStep, length, inner, count] = Array.from({ length: 7 }, () => code.parameter())
  return code.times(count, 1, () => {
    code.push(to, 0).get(scale).push(factors, elementBytes, from, fromStep, length, 0, inner).call(rows)
    code.advance(to, toStep).advance(factors, factorStep)
  })
}

/** `out_i = Σⱼ row_i[j] v[j]`, in four sums. */
function dotRows(): Code {
  const code = new Code()
  const [out, rows, step, v, length, count] = Array.from({ length: 6 }, () => code.parameter())
  const [left, right, whole, rest] = code.locals(4)
  const sums = code.locals(2, 'v128')
  const lanes = code.locals(4, 'f64')
  cut(code, length, whole, rest)
  code.times(count, 1, () => {
    code.get(rows).set(left).get(v).set(right)
    for (const sum of sums) code.f64(0).op('f64x2.splat').set(sum)
    code.times(whole, perStep, () => {
      sums.forEach((sum, i) => {
        const offset = i * vectorBytes
        code.get(sum, left).memory('v128.load', offset).get(right).memory('v128.load', offset)
        code.op('f64x2.mul', 'f64x2.add').set(sum)
      })
      code.advance(left, 2 * vectorBytes).advance(right, 2 * vectorBytes)
    })
    lanes.forEach((lane, i) =>
      code
        .get(sums[i >> 1])
        .lane('f64x2.extract_lane', i % 2)
        .set(lane),
    )
    for (let i = 0; i < perStep - 1; i++) {
      const offset = i * elementBytes
      code
        .push(rest, i)
        .op('i32.gt_s')
        .if(() => {
          code.get(lanes[i], left).memory('f64.load', offset).get(right).memory('f64.load', offset)
          code.op('f64.mul', 'f64.add').set(lanes[i])
        })
    }
    const [a, b, c, d] = lanes
    code.get(out, a, c).op('f64.add').get(b, d).op('f64.add', 'f64.add').memory('f64.store')
    code.advance(out, elementBytes).advance(rows, step)
  })
  return code
}

/** `(row_i, row_i+1) -> (c row_i + s row_i+1, c row_i+1 - s row_i)`, with c and s in pairs. */
function rotateRows(): Code {
  const code = new Code()
  const [rows, step, turns, length, count] = Array.from({ length: 5 }, () => code.parameter())
  const [a, b] = code.locals(2)
  const [cosine, sine, p, q] = code.locals(4, 'v128')
  const [c, s, x, y] = code.locals(4, 'f64')
  code.times(count, 1, () => {
    code.get(turns).memory('f64.load').set(c).get(turns).memory('f64.load', elementBytes).set(s)
    code.get(c).op('f64x2.splat').set(cosine).get(s).op('f64x2.splat').set(sine)
    code.get(rows).set(a).push(rows, step).op('i32.add').tee(rows).set(b)
    along(
      code,
      length,
      [a, b],
      (offset) => {
        code.get(a).memory('v128.load', offset).set(p).get(b).memory('v128.load', offset).set(q)
        code.get(a, cosine, p).op('f64x2.mul').get(sine, q).op('f64x2.mul', 'f64x2.add').memory('v128.store', offset)
        code.get(b, cosine, q).op('f64x2.mul').get(sine, p).op('f64x2.mul', 'f64x2.sub').memory('v128.store', offset)
      },
      () => {
        code.get(a).memory('f64.load').set(x).get(b).memory('f64.load').set(y)
        code.get(a, c, x).op('f64.mul').get(s, y).op('f64.mul', 'f64.add').memory('f64.store')
        code.get(b, c, y).op('f64.mul').get(s, x).op('f64.mul', 'f64.sub').memory('f64.store')
      },
    )
    code.advance(turns, 2 * elementBytes)
  })
  return code
}

/** A module with the operations on rows. */
export function rowModule(): Uint8Array<ArrayBuffer> {
  const module = new Module()
  const rows = module.add(addRows())
  module.export('addRows', rows)
  module.export('addProduct', module.add(addProduct(rows)))
  module.export('dotRows', module.add(dotRows()))
  module.export('rotateRows', module.add(rotateRows()))
  return module.encode()
}
