// Test domains that several families share.

export const withinTwo = { min: -2, max: 2 }
export const withinThree = { min: -3, max: 3 }
export const positive = { min: 0.3, max: 3 }
