export const SCALE = 4; // enlargement, of width and of height
