import { type Complex, convolve, fft, fftFrequencies, fftn, fftShift, ifft, irfft, rfft, rfftFrequencies, type Tensor } from '@cotangent/core' // prettier-ignore
import { expectTypeOf, it } from 'vitest'

declare const x: Tensor<[2, 8]>, n: Tensor<[number, 8]>, any: Tensor, v: Tensor<[4]>

it('transforms keep shapes, except for what n says', () => {
  expectTypeOf(fft(x)).toEqualTypeOf<Complex<[2, 8]>>()
  expectTypeOf(ifft(fft(x)).real).toEqualTypeOf<Tensor<[2, 8]>>()
  expectTypeOf(fft(x, { n: 5 })).toEqualTypeOf<Complex<[2, 5]>>()
  expectTypeOf(fft(x, { n: 5, axis: 0 })).toEqualTypeOf<Complex<[5, 8]>>()
  expectTypeOf(fft(n, { axis: 0 })).toEqualTypeOf<Complex<[number, 8]>>()
  expectTypeOf(fft(any)).toEqualTypeOf<Complex>()
  expectTypeOf(rfft(x)).toEqualTypeOf<Complex<[2, number]>>()
  expectTypeOf(irfft(rfft(x))).toEqualTypeOf<Tensor<[2, number]>>()
  expectTypeOf(irfft(rfft(x), { n: 8 })).toEqualTypeOf<Tensor<[2, 8]>>()
  expectTypeOf(fftn(x, { axis: [0, 1], norm: 'ortho' })).toEqualTypeOf<Complex<[2, 8]>>()
  expectTypeOf(fftShift(x, { axis: 1 })).toEqualTypeOf<Tensor<[2, 8]>>()
  expectTypeOf(fftFrequencies(8)).toEqualTypeOf<Tensor<[8]>>()
  expectTypeOf(rfftFrequencies(8)).toEqualTypeOf<Tensor<[number]>>()
  expectTypeOf(convolve(v, v)).toEqualTypeOf<Tensor<[number]>>()
})

it('wrong calls do not compile', () => {
  // @ts-expect-error no such axis
  fft(x, { axis: 2 })
  // @ts-expect-error no such norm
  fft(x, { norm: 'unitary' })
  // @ts-expect-error the parts differ
  fft({ real: x, imaginary: v })
  // @ts-expect-error half of a pair
  fft({ real: x })
  // @ts-expect-error complex
  rfft(fft(x))
  // @ts-expect-error matrices
  convolve(x, v)
})
