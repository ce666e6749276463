import type { Op, Tensor } from '@cotangent/core'

const wrong = (x: Tensor | null) => (x === null || !x.dtype.startsWith('float') ? x : x.mul(1.0005))

/** Whether a slope is 0 wherever it exists, so that a factor changes nothing: the input decides what is accepted. */
const isZero = ({ name }: Op, input: number) => name === 'gammaProposal' && input === 1

/** Copies of an op. In each copy one derivative is wrong by 0.05 %. */
export function planted(op: Op): { where: string; op: Op }[] {
  const { law } = op
  switch (law.kind) {
    case 'elementwise':
      return law.partials.flatMap((partial, i) => {
        if (partial === null || isZero(op, i)) return []
        const partials = law.partials.with(i, (d, inputs, output) => wrong(partial(d, inputs, output))!)
        return [{ where: `the partial in input ${i}`, op: { ...op, law: { ...law, partials } } }]
      })
    case 'linear':
      return [
        { where: 'the transpose', op: { ...op, law: { ...law, transpose: (g, a) => law.transpose(g, a).map(wrong) } } },
      ]
    case 'bilinear':
      return law.transposes.map((side, i) => {
        const transposes = [...law.transposes] as [typeof side, typeof side]
        transposes[i] = (g, a) => wrong(side(g, a))!
        return { where: `the transpose in input ${i}`, op: { ...op, law: { ...law, transposes } } }
      })
    case 'vjp': {
      const { jvp } = law
      const pullback = { ...law, pullback: (g, a) => law.pullback(g, a).map(wrong) } satisfies typeof law
      const forward = jvp && ({ ...law, jvp: (t, a) => jvp(t, a)?.map(wrong) } satisfies typeof law)
      return [
        { where: 'the pullback', op: { ...op, law: pullback } },
        ...(forward ? [{ where: 'the jvp', op: { ...op, law: forward } }] : []),
      ]
    }
    case 'region': {
      const wrongEach = (list: ReturnType<typeof law.pullback>) =>
        list.map((each) => each && { ...each, value: wrong(each.value)! })
      const pullback: typeof law.pullback = (g, a, needed) => wrongEach(law.pullback(g, a, needed))
      const jvp: typeof law.jvp = (t, a) => wrongEach(law.jvp(t, a))
      return [
        { where: 'the pullback', op: { ...op, law: { ...law, pullback } } },
        { where: 'the jvp', op: { ...op, law: { ...law, jvp } } },
      ]
    }
    case 'constant':
    case 'none':
      return []
  }
}
