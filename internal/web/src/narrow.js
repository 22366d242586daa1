// Whether the screen is that of a phone; style sheets have the same limit.
export const narrow = matchMedia("(max-width: 600px)");
