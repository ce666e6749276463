/** Memory of a WebAssembly instance. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer
  /** Adds pages. @throws RangeError where there are none left. */
  grow(pages: number): number
}

// What is used of the WebAssembly interface, which the language's own library does not declare.
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number; maximum: number }) => LinearMemory
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  Instance: new (module: object, imports: object) => { readonly exports: { readonly run: () => void } }
}

declare const console: { warn(message: string): void }

let available: boolean | undefined

/** Whether WebAssembly can be compiled here. Where it cannot, one warning says why. */
export function isAvailable(): boolean {
  available ??= probe()
  return available
}

function probe(): boolean {
  try {
    // The smallest module: the magic number, and version 1.
    void new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
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

/** Bytes of a page, WebAssembly's unit of allocation. */
export const pageBytes = 65_536

/** Zero-filled memory of so many pages, which can grow to `maximum`. @throws RangeError where there is not enough. */
export function newMemory(pages: number, maximum = pages): LinearMemory {
  return new WebAssembly.Memory({ initial: pages, maximum })
}

/** Compiles a module that imports a memory and the function `host`, and returns what it exports as `run`. */
export function load(
  bytes: Uint8Array<ArrayBuffer>,
  memory: LinearMemory,
  host: (position: number) => void,
): () => void {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, host } }).exports.run
}
