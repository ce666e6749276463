import { compileModule } from './format/webassembly'

declare const WebAssembly: unknown
declare const console: { warn(message: string): void }

let available: boolean | undefined

/** Whether WebAssembly can be compiled here. If it cannot, one warning says why. */
export function isAvailable(): boolean {
  available ??= probe()
  return available
}

function probe(): boolean {
  try {
    // The smallest module: the magic number, and version 1.
    compileModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    return true
  } catch (error) {
    const isMissing = typeof WebAssembly === 'undefined'
    console.warn(
      `[cotangent] WebAssembly ${isMissing ? 'is missing' : 'may not be compiled'} here, so everything runs on the interpreter: ` +
        'the results are the same to the bit, and large tensors take much longer' +
        (isMissing
          ? ''
          : `. A content-security policy needs script-src 'wasm-unsafe-eval' (${(error as Error).message})`),
    )
    return false
  }
}
