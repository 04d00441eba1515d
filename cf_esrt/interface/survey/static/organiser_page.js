/* Starts the organiser's page. */
import { dress } from "./dress.js";
import { start } from "./organiser.js";

dress();
start(document.getElementById("page"));
