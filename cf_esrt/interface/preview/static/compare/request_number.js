/* Numbers what is asked for, so that the server can leave out what was overtaken. */
let turns = 0;

export const nextTurn = () => ++turns;
