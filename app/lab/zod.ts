/** zod as the page may use it. It is no small library: modules of the first view do without. */
import { z } from "zod";

// The content policy forbids `new Function`, which zod would compile validators with.
z.config({ jitless: true });

export { z };
