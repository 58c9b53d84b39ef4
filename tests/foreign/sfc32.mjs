// sfc32 (Doty-Humphrey, PractRand). The seed's two halves are two words of its state: every bit counts.
export function generator(seed) {
  let a = seed % 2 ** 32 | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0;
  let counter = 1;
  const draw = () => {
    const word = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + word | 0;
    return word >>> 0;
  };
  for (let i = 0; i < 15; i++) draw(); // after so many, neighbouring seeds have nothing in common
  return draw;
}
