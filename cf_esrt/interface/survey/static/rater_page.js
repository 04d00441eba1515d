/* Starts the rater's page. */
import { dress } from "./dress.js";
import { start } from "./rater.js";

dress();
start(document.getElementById("page"));
