/** Exported functions that are neither ops, made of ops, nor transforms. */
export const notOps: readonly string[] = (
  'CotangentError DTypeError GradientError ShapeError TraceError ValueError Tensor flatten flattenFor formatPath formatIndex ' +
  'mapTree treeLeaves treeParameters arange eye full linspace ones tensor zeros key defineElementwise defineOp bilinear carries ' +
  'elementwise linear noGradient vjpRule elementwiseDomain applyAll bodyOf checkpoint customGradient debugNaN compile ' +
  'einsumPath fftFrequencies rfftFrequencies trace inlined labelled scan map whileLoop cond switchCase associativeScan conjugateGradient gmres fixedPoint root odeSolve ' +
  'checkArguments checkValue checked runAs readable checkNothingBeyond checkSameStructure'
).split(' ')
